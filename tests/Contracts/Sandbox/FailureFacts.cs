using System.Globalization;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class FailureFacts
{
    private const string LeasePath = "/apis/coordination.k8s.io/v1/namespaces/keda-system/leases/operator.keda.sh";
    private const string ApiServicePath = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";
    private const string OperatorPath = "/apis/apps/v1/namespaces/keda-system/deployments/keda-operator";

    [Fact]
    public void The_lease_lasts_15_s_and_is_renewed_about_every_2_s()
    {
        var world = new World();
        Assert.Equal(15, world.Get(LeasePath).Object("spec").Whole("leaseDurationSeconds"));
        for (var i = 0; i < 10; i++)
        {
            world.Wait(1);
            Assert.InRange(LeaseAge(world), 0, 2.1);
        }
    }

    [Theory]
    [InlineData(OperatorState.Dead, 0)]
    [InlineData(OperatorState.Hung, 2)]
    public void A_stopped_operator_keeps_its_lease_holder_and_last_renew_time(OperatorState how, int available)
    {
        var world = new World();
        var holder = world.Get(LeasePath).Object("spec").Text("holderIdentity");
        world.Cluster.Faults.SetOperator(how);
        world.Wait(120);
        Assert.Equal(holder, world.Get(LeasePath).Object("spec").Text("holderIdentity"));
        Assert.InRange(LeaseAge(world), 119, 123);
        Assert.Equal(available, world.Get(OperatorPath).Object("status").Whole("availableReplicas") ?? 0);
    }

    [Fact]
    public void With_the_operator_dead_the_hpa_stays_the_api_service_stays_available_and_metrics_fail_after_about_a_minute()
    {
        var world = new World();
        world.Cluster.Faults.SetOperator(OperatorState.Dead);
        world.Wait(45);
        Assert.Equal("True", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("status"));
        world.Wait(30);
        Assert.Equal("FailedGetExternalMetric", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
        Assert.Equal("False", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("status"));
        Assert.Equal("True", Available(world).Text("status"));
        Assert.Equal("all checks passed", Available(world).Text("message"));
    }

    [Theory]
    [InlineData(OperatorState.Dead)]
    [InlineData(OperatorState.Hung)]
    public void A_dead_operators_pause_is_accepted_and_nothing_happens(OperatorState how)
    {
        var world = new World();
        world.Cluster.Faults.SetOperator(how);
        Assert.Equal(200, world.Pause().Status);
        world.Wait(15);
        Assert.Single(world.Hpas);
        Assert.Equal("False", world.Condition("Paused"));
    }

    [Fact]
    public void When_the_operator_returns_to_a_pause_the_hpa_rescales_once_in_the_moment_before_it_is_deleted()
    {
        var world = new World(demand: 2);
        world.Cluster.Faults.SetOperator(OperatorState.Dead);
        world.Wait(400);
        world.Pause();
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 1);
        world.Wait(5);
        Assert.Equal(2, world.Replicas);
        world.Cluster.Faults.SetOperator(OperatorState.Alive);
        var rescaled = world.MsUntil(() => world.Replicas == 1, 5000);
        Assert.Single(world.Hpas);
        var deleted = world.MsUntil(() => !world.Hpas.Any(), 200);
        Assert.InRange(deleted, 1, 110);
        Assert.InRange(rescaled, 2400, 2700);
    }

    [Fact]
    public void Unpaused_while_the_operator_was_down_the_hpa_is_back_2_6_s_after_its_start()
    {
        var world = new World();
        world.Pause();
        world.Wait(5);
        world.Cluster.Faults.SetOperator(OperatorState.Dead);
        world.Unpause();
        world.Wait(60);
        Assert.Empty(world.Hpas);
        world.Cluster.Faults.SetOperator(OperatorState.Alive);
        Assert.InRange(world.MsUntil(() => world.Hpas.Any(), 5000), 2500, 2750);
        Assert.InRange(LeaseAge(world), 0, 1);
    }

    [Fact]
    public void With_the_metrics_server_down_the_hpa_fails_at_its_next_sync_and_the_api_service_after_about_25_s()
    {
        var world = new World();
        world.Cluster.Faults.SetMetricsServer(up: false);
        world.Wait(15.1);
        Assert.Equal("FailedGetExternalMetric", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
        Assert.Equal("True", Available(world).Text("status"));
        world.Wait(12);
        Assert.Equal("False", Available(world).Text("status"));
        Assert.Equal("FailedDiscoveryCheck", Available(world).Text("reason"));
        world.Cluster.Faults.SetMetricsServer(up: true);
        world.Wait(20);
        Assert.Equal("True", Available(world).Text("status"));
        Assert.Equal("True", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("status"));
    }

    [Fact]
    public void With_redis_down_the_hpa_fails_soon_but_health_stays_at_one_failure_and_fallback_stays_false()
    {
        var world = new World();
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.Redis);
        world.Wait(15.1);
        Assert.Equal("FailedGetExternalMetric", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
        world.Wait(135);
        Assert.Equal(1, Health(world).Whole("numberOfFailures"));
        Assert.Equal("False", world.Condition("Fallback"));
        Assert.Contains("redis", world.Events("KEDAScalerFailed").Single().Text("message")!, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_fallback_redis_down_shows_as_not_ready_while_health_says_happy()
    {
        var world = new World(fallback: false);
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.Redis);
        world.Wait(30);
        Assert.Equal("False", world.Condition("Ready"));
        Assert.Equal("TriggerError", world.Condition("Ready", "reason"));
        Assert.Equal("Happy", Health(world).Text("status"));
    }

    [Fact]
    public void Prometheus_answering_500_brings_the_fallback_after_15_s_and_then_everything_else_looks_healthy()
    {
        var world = new World(trigger: "prometheus");
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.Prometheus);
        world.Wait(9);
        Assert.Equal("False", world.Condition("Fallback"));
        world.Wait(12);
        Assert.Equal("True", world.Condition("Fallback"));
        world.Wait(31);
        Assert.Equal("True", world.Condition("Ready"));
        Assert.Equal("True", world.Condition("Active"));
        Assert.Equal("ValidMetricFound", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
        Assert.Equal("Failing", world.ScaledObject().Object("status").Object("health").Object("s0-prometheus").Text("status"));
        Assert.Equal(4, world.Replicas);
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.None);
        world.Wait(6);
        Assert.Equal("False", world.Condition("Fallback"));
        Assert.Equal("Happy", world.ScaledObject().Object("status").Object("health").Object("s0-prometheus").Text("status"));
    }

    [Fact]
    public void An_empty_result_counts_as_healthy()
    {
        var world = new World(trigger: "prometheus");
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 0);
        world.Wait(60);
        Assert.Equal("True", world.Condition("Ready"));
        Assert.Equal("False", world.Condition("Fallback"));
        Assert.Equal("ValidMetricFound", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
    }

    [Fact]
    public void Without_leader_election_there_is_no_lease_and_only_the_deployment_tells()
    {
        var world = new World(leaderElection: false);
        Assert.Equal(404, world.Call("GET", LeasePath).Status);
        world.Cluster.Faults.SetOperator(OperatorState.Dead);
        Assert.Null(world.Get(OperatorPath).Object("status").Whole("availableReplicas"));
    }

    [Fact]
    public void After_redis_is_back_keda_says_metrics_unavailable_for_about_15_s_and_then_scales_as_usual()
    {
        var world = new World();
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.Redis);
        world.Wait(90);
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 4);
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.None);
        Assert.Equal("HPAMetricsUnavailable", world.Condition("Ready", "reason"));
        world.Wait(21);
        Assert.Equal("True", world.Condition("Ready"));
        Assert.Equal(4, world.Replicas);
    }

    [Fact]
    public void A_source_under_a_name_that_is_never_found_fails_without_any_fault_set()
    {
        var world = new World(fallback: false);
        world.Merge(world.ScaledObjectPath, """{"spec":{"triggers":[{"type":"prometheus","metadata":{"serverAddress":"http://nobody.invalid:9090","query":"up","threshold":"5"}}]}}""");
        world.Wait(30);
        Assert.Equal("FailedGetExternalMetric", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
        Assert.Equal("TriggerError", world.Condition("Ready", "reason"));
    }

    private static double LeaseAge(World world) => (world.Cluster.Now
        - DateTimeOffset.Parse(world.Get(LeasePath).Object("spec").Text("renewTime")!, CultureInfo.InvariantCulture)).TotalSeconds;

    private static System.Text.Json.Nodes.JsonObject? Health(World world) => world.ScaledObject().Object("status").Object("health").Object("s0-redis-jobs");

    private static System.Text.Json.Nodes.JsonNode? Available(World world) =>
        world.Get(ApiServicePath).Object("status").Array("conditions")!.Single(c => c.Text("type") == "Available");
}
