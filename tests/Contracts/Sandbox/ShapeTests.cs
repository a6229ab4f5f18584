using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Our answers have the fields of the real server's answers, no more and no fewer.</summary>
public sealed class ShapeTests
{
    private const string Only = "?fieldSelector=metadata.name=";

    [Fact]
    public void Scaled_object_list() => Fixture.SameFields(
        Fixture.Json("scaledobjects.healthy.list.json"),
        List(new World(), "/apis/keda.sh/v1alpha1/namespaces/sophia-mesh/scaledobjects" + Only + World.App),
        "items[].metadata.annotations", "items[].metadata.managedFields", "items[].status.lastActiveTime");

    [Fact]
    public void Paused_scaled_object()
    {
        var world = new World();
        world.Pause();
        world.Wait(1);
        Fixture.SameFields(Fixture.Json("scaledobject.paused.json"), world.ScaledObject());
    }

    [Fact]
    public void Keda_hpa_list() => Fixture.SameFields(
        Fixture.Json("hpas.keda.list.json"),
        List(new World(), new World().HpasPath + Only + World.KedaHpa),
        "items[].metadata.annotations", "items[].status.lastScaleTime");

    [Fact]
    public void Ambiguous_hpas()
    {
        var world = new World(webhook: false, demand: 4);
        world.Fallback(2, ""","labels":{"a":"b"}""", metrics: ""","metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}}]""");
        world.Wait(40);
        var list = world.Get(world.HpasPath);
        var ours = new JsonArray([.. list.Array("items")!.Where(i => i.Object("spec").Object("scaleTargetRef").Text("name") == "app").Select(i => i!.DeepClone())]);
        list["items"] = ours;
        Fixture.SameFields(Fixture.Json("hpas.ambiguous.list.json"), list, "items[].metadata.annotations", "items[].status.lastScaleTime");
    }

    [Fact]
    public void Active_fallback_hpa()
    {
        var world = new World();
        world.Pause();
        world.Wait(1);
        world.Fallback(2, ""","labels":{"a":"b"}""");
        world.Wait(16);
        var list = List(world, world.HpasPath + Only + "app-fallback");
        Fixture.SameFields(Fixture.Json("hpas.fallback-active.list.json"), list, "items[].metadata.annotations");
    }

    [Fact]
    public void Deployment_list_and_scale()
    {
        var world = new World();
        Fixture.SameFields(Fixture.Json("deployments.list.json"), List(world, "/apis/apps/v1/namespaces/sophia-mesh/deployments" + Only + World.App),
            "items[].metadata.managedFields", "items[].status.terminatingReplicas");
        Fixture.SameFields(Fixture.Json("deployment.scale.json"), world.Get("/apis/apps/v1/namespaces/sophia-mesh/deployments/app/scale"));
    }

    [Fact]
    public void Lease_and_api_service()
    {
        var world = new World();
        Fixture.SameFields(Fixture.Json("lease.operator.keda.sh.json"), world.Get("/apis/coordination.k8s.io/v1/namespaces/keda-system/leases/operator.keda.sh"));
        Fixture.SameFields(Fixture.Json("apiservice.external-metrics.json"), world.Get("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io"),
            "metadata.annotations", "metadata.managedFields", "spec.caBundle");
    }

    [Theory]
    [InlineData("/api/v1", "events.successfulrescale.core-v1.json")]
    [InlineData("/apis/events.k8s.io/v1", "events.successfulrescale.events-v1.json")]
    public void Events_in_both_views(string prefix, string file)
    {
        var world = new World();
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 4);
        world.Wait(16);
        Fixture.SameFields(Fixture.Json(file), world.Get($"{prefix}/namespaces/sophia-mesh/events?fieldSelector=reason=SuccessfulRescale"), "items[].metadata.managedFields");
    }

    [Fact]
    public void Table_of_scaled_objects_has_the_real_columns()
    {
        var world = new World();
        var table = world.Api.Handle(ApiRequest.From("GET", "/apis/keda.sh/v1alpha1/namespaces/sophia-mesh/scaledobjects?limit=500",
            accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")).Document();
        var real = Fixture.Json("scaledobjects.table.json");
        Assert.Equal(Columns(real), Columns(table));
        Assert.Equal(real.Array("rows")![0].Array("cells")!.Count, table.Array("rows")![0].Array("cells")!.Count);
    }

    /// <summary>Everything but the description: those words are the API's own documentation.</summary>
    private static IEnumerable<string> Columns(JsonNode table) => table["columnDefinitions"]!.AsArray()
        .Select(column => $"{column!["name"]} {column["type"]} {column["format"]} {column["priority"]}");

    [Fact]
    public void Discovery_of_external_metrics() =>
        Fixture.SameFields(Fixture.Json("external-metrics.discovery.json"), new World().Get("/apis/external.metrics.k8s.io/v1beta1"));

    [Fact]
    public void A_created_and_an_applied_hpa()
    {
        var world = new World();
        const string body = """{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"x","namespace":"sophia-mesh","labels":{"a":"b"}},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"app"},"minReplicas":2,"maxReplicas":10,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}}]}}""";
        var created = world.Call("POST", world.HpasPath, body);
        Assert.Equal(201, created.Status);
        Fixture.SameFields(Fixture.Body("exchange.foreign-hpa-created.201.txt"), created.Document());
        var applied = world.Call("PATCH", $"{world.HpasPath}/y?fieldManager=m&force=true", body.Replace("\"x\"", "\"y\""), "application/apply-patch+yaml");
        Assert.Equal(201, applied.Status);
        Fixture.SameFields(Fixture.Body("exchange.apply-fallback-hpa.201.txt"), applied.Document());
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:maxReplicas":{},"f:metrics":{},"f:minReplicas":{},"f:scaleTargetRef":{"f:apiVersion":{},"f:kind":{},"f:name":{}}}}"""),
            applied.Document().Object("metadata").Array("managedFields")!.Single()!["fieldsV1"]));
    }

    private static JsonObject List(World world, string path)
    {
        var list = world.Get(path);
        Assert.NotEmpty(list.Array("items")!);
        return list;
    }
}
