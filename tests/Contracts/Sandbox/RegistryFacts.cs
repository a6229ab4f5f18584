using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>What the API server does by the objects that KEDA registers there.</summary>
public sealed class RegistryFacts
{
    private const string ApiService = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";
    private const string Hook = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/keda-admission";
    private const string Definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/scaledobjects.keda.sh";
    private const string ScaledObjects = "/apis/keda.sh/v1alpha1/scaledobjects";

    [Fact]
    public void Another_adapters_APIService_of_the_same_name_stays_Available_and_the_HPAs_of_KEDA_fail()
    {
        var world = new World();
        world.Cluster.Faults.SetMetricsService("datadog/adapter");
        world.Wait(20);
        Assert.Equal("True", Available(world).Text("status"));
        Assert.Equal("FailedGetExternalMetric", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
        Assert.Equal("datadog-operator", world.Get(ApiService).Object("metadata").Array("managedFields")!.Single(m => m.Object("fieldsV1").Object("f:spec").Object("f:service") is not null).Text("manager"));
        world.Cluster.Faults.SetMetricsService(null);
        world.Wait(20);
        Assert.Equal("True", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("status"));
    }

    [Fact]
    public void With_a_Service_that_is_not_there_it_is_ServiceNotFound()
    {
        var world = new World();
        world.Merge(ApiService, """{"spec":{"service":{"namespace":"monitoring","name":"adapter"}}}""");
        world.Wait(5);
        Assert.Equal(("False", "ServiceNotFound"), (Available(world).Text("status"), Available(world).Text("reason")));
    }

    [Fact]
    public void While_it_leads_to_somebody_else_KEDAs_own_metrics_server_does_not_move_it()
    {
        var world = new World();
        world.Cluster.Faults.SetMetricsService("datadog/adapter");
        world.Cluster.Faults.SetMetricsServer(up: false);
        world.Wait(60);
        Assert.Equal("True", Available(world).Text("status"));
        world.Cluster.Faults.SetMetricsService(null);
        world.Wait(60);
        Assert.Equal("False", Available(world).Text("status"));
    }

    [Fact]
    public void Without_its_configuration_the_webhook_is_not_asked()
    {
        var world = new World();
        const string second = """{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"second","namespace":"sophia-mesh"},"spec":{"scaleTargetRef":{"name":"app"},"triggers":[{"type":"cron","metadata":{}}]}}""";
        Assert.Equal(403, world.Call("POST", "/apis/keda.sh/v1alpha1/namespaces/sophia-mesh/scaledobjects", second).Status);
        world.Call("DELETE", Hook);
        Assert.Equal(201, world.Call("POST", "/apis/keda.sh/v1alpha1/namespaces/sophia-mesh/scaledobjects", second).Status);
    }

    [Fact]
    public void One_that_leads_to_nobody_refuses_every_write_with_failurePolicy_Fail_and_none_with_Ignore()
    {
        var world = new World();
        Assert.Equal(200, Lead(world, "Ignore"));
        Assert.Equal(200, Annotate(world).Status);
        Assert.Equal(200, Lead(world, "Fail"));
        var refused = Annotate(world);
        Assert.Equal(500, refused.Status);
        Assert.Contains("failed calling webhook \"vscaledobject.kb.io\"", JsonNode.Parse(refused.Body.Span).Text("message"));
    }

    [Fact]
    public void A_definition_takes_its_objects_along_and_its_resource_is_404_until_it_is_back()
    {
        var world = new World();
        var definition = world.Get(Definition);
        world.Call("DELETE", Definition);
        Assert.Equal(404, world.Call("GET", ScaledObjects).Status);
        Assert.DoesNotContain(world.Get("/apis/keda.sh/v1alpha1").Array("resources")!, r => r.Text("name") == "scaledobjects");
        ((JsonObject)definition["metadata"]!).Remove("resourceVersion");
        Assert.Equal(201, world.Call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition.ToJsonString()).Status);
        Assert.Empty(world.Get(ScaledObjects).Array("items")!);
    }

    private static int Lead(World world, string policy)
    {
        var hook = world.Get(Hook).Array("webhooks")![0]!.DeepClone();
        hook["failurePolicy"] = policy;
        hook["clientConfig"]!["service"]!["namespace"] = "gone";
        return world.Merge(Hook, $$"""{"webhooks":[{{hook.ToJsonString()}}]}""").Status;
    }

    private static Sophia.Keda.Reactor.Sandbox.Api.ApiResponse Annotate(World world) =>
        world.Merge("/apis/keda.sh/v1alpha1/namespaces/sophia-mesh/scaledobjects/app", """{"metadata":{"annotations":{"a":"b"}}}""");

    private static JsonNode? Available(World world) => world.Get(ApiService).Object("status").Array("conditions")!.Single(c => c.Text("type") == "Available");
}
