using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Simulation.Tests.Edges;

/// <summary>What stands in the API server's registry of KEDA: taken, gone, or never there.</summary>
public sealed class RegistryEdges
{
    private const string ApiServices = "/apis/apiregistration.k8s.io/v1/apiservices";
    private const string Hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    [Fact]
    public void A_name_given_back_in_the_middle_of_recovery_and_taken_again_ends_well()
    {
        using var world = new SimWorld(80);
        world.Pass(TimeSpan.FromMinutes(1));
        Taken(world);
        world.Faults.SetMetricsService(null);
        world.PassUntil(() => world.Panel.OpenIncident(Cause.MetricsServerUnavailable)?.Recovery.Stage == Stage.Wave, TimeSpan.FromMinutes(30), "a wave");
        Taken(world);
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(10), "every target back on its fallback");
        world.Faults.SetMetricsService(null);
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void An_APIService_without_a_Service_and_one_that_is_deleted_trip_too()
    {
        using var world = new SimWorld(81);
        world.Pass(TimeSpan.FromMinutes(1));
        world.Call("PATCH", $"{ApiServices}/{KedaInstallation.ApiServiceName}", """{"spec":{"service":null}}""");
        world.PassUntil(() => world.Panel.OpenIncident(Cause.MetricsServerUnavailable) is { } open && open.Why.Contains("the API server itself", StringComparison.Ordinal), TimeSpan.FromMinutes(4), "a trip");
        world.Faults.SetMetricsService(null);
        world.Heal();

        var service = world.Cluster.Store.Find(Resources.ApiServices, "", KedaInstallation.ApiServiceName)!.Document.Copy();
        world.Call("DELETE", $"{ApiServices}/{KedaInstallation.ApiServiceName}", "{}");
        world.PassUntil(() => world.Panel.OpenIncident(Cause.MetricsServerUnavailable)?.Evidence.GetValueOrDefault("probe/metrics-server") is { Standing: true } gone
            && gone.What.Contains("NotFound", StringComparison.Ordinal), TimeSpan.FromMinutes(4), "a trip because it is gone");
        ((System.Text.Json.Nodes.JsonObject)service["metadata"]!).Remove("resourceVersion");
        world.Call("POST", ApiServices, service.ToJsonString(), "application/json");
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_webhook_configuration_that_goes_is_told_and_trips_nothing()
    {
        using var world = new SimWorld(82);
        world.Pass(TimeSpan.FromMinutes(2));
        world.Call("DELETE", $"{Hooks}/{KedaRegistry.WebhookName}", "{}");
        world.Pass(TimeSpan.FromMinutes(30));
        Assert.Contains("ValidatingWebhookConfiguration keda-admission is gone", Assert.Single(world.Facts().Audit, a => a.Record.Reason == Reason.KedaNotRegistered).Record.Text);
        Nothing(world);
    }

    [Fact]
    public void A_webhook_that_leads_to_nobody_with_failurePolicy_Fail_refuses_pauses_and_is_told_before()
    {
        using var world = new SimWorld(83);
        world.Pass(TimeSpan.FromMinutes(2));
        var hook = world.Cluster.Store.Find(Resources.WebhookConfigurations, "", KedaRegistry.WebhookName)!.Document["webhooks"]![0]!.DeepClone();
        hook["failurePolicy"] = "Fail";
        hook["clientConfig"]!["service"]!["namespace"] = "gone";
        Assert.Equal(200, world.Call("PATCH", $"{Hooks}/{KedaRegistry.WebhookName}", $$"""{"webhooks":[{{hook.ToJsonString()}}]}""").Status);
        world.Pass(TimeSpan.FromMinutes(5));
        Assert.Contains("every write of a ScaledObject is refused", Assert.Single(world.Facts().Audit, a => a.Record.Reason == Reason.KedaNotRegistered).Record.Text);
        Nothing(world);
    }

    [Fact]
    public void A_KEDA_that_never_had_webhooks_misses_none()
    {
        using var world = new SimWorld(84, options: new SandboxOptions { Webhook = false });
        world.Pass(TimeSpan.FromMinutes(30));
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.KedaNotRegistered);
        Assert.Empty(world.Paged);
    }

    [Fact]
    public void A_definition_that_goes_is_told_and_that_of_ScaledObjects_blinds_with_its_name()
    {
        using var world = new SimWorld(85);
        world.Pass(TimeSpan.FromMinutes(2));
        world.Call("DELETE", $"{Definitions}/scaledjobs.keda.sh", "{}");
        world.Pass(TimeSpan.FromMinutes(5));
        Assert.Contains("CustomResourceDefinition scaledjobs.keda.sh is gone", Assert.Single(world.Facts().Audit, a => a.Record.Reason == Reason.KedaNotRegistered).Record.Text);
        Nothing(world);
        world.Call("DELETE", $"{Definitions}/scaledobjects.keda.sh", "{}");
        world.Pass(TimeSpan.FromMinutes(5));
        Assert.Contains("KEDA's CustomResourceDefinition scaledobjects.keda.sh is gone", Assert.Single(world.Facts().Audit, a => a.Record.Reason == Reason.Blind).Record.Text);
        Nothing(world);
    }

    private static void Taken(SimWorld world)
    {
        world.Faults.SetMetricsService("datadog/datadog-cluster-agent-metrics-api");
        world.PassUntil(() => world.Panel.OpenIncident(Cause.MetricsServerUnavailable) is { } open && open.Evidence.GetValueOrDefault("probe/metrics-taken") is { Standing: true },
            TimeSpan.FromMinutes(4), "evidence that it is taken");
    }

    private static void Nothing(SimWorld world)
    {
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.IncidentOpened);
        Assert.Equal(0, world.AcceptedWrites);
    }
}
