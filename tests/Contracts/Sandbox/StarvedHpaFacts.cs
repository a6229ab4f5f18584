using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>With the operator dead, hanging metric calls hold the HPA controller's five workers, and every other HPA waits for one.</summary>
public sealed class StarvedHpaFacts
{
    private const string CpuMetric = ",\"metrics\":[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":{\"type\":\"Utilization\",\"averageUtilization\":60}}}]";

    /// <summary>60 targets, and the operator dead for as long as a reactor needs to be sure of it.</summary>
    private static World Starved()
    {
        var world = new World(demand: 2, more: 55);
        world.Cluster.Faults.SetOperator(OperatorState.Dead);
        world.Wait(129);
        return world;
    }

    private static void TakeOver(World world)
    {
        Assert.Equal(200, world.Pause().Status);
        Assert.Equal(200, world.Call("DELETE", $"{world.HpasPath}/{World.KedaHpa}").Status);
        Assert.Equal(201, world.Fallback(3, metrics: CpuMetric).Status);
    }

    [Fact]
    public void A_fallback_that_asks_for_more_has_not_raised_it_after_42_s()
    {
        var world = Starved();
        TakeOver(world);
        world.Wait(42);
        Assert.Equal(2, world.Replicas);
    }

    [Fact]
    public void The_metrics_of_most_hpas_are_not_said_to_fail_within_150_s()
    {
        var world = Starved();
        world.Wait(21);
        var hpas = world.Cluster.Snapshot().Targets.SelectMany(t => t.Hpas).ToList();
        Assert.InRange(hpas.Count(h => h.Reason == "FailedGetExternalMetric"), 1, 15);
        Assert.True(hpas.Count(h => h.ScalingActive == true) > 40);
    }

    [Fact]
    public void Once_every_KEDA_hpa_is_gone_it_comes_when_the_calls_under_way_time_out()
    {
        var world = Starved();
        foreach (var target in world.Cluster.Snapshot().Targets.Where(t => t.Name != World.App))
            foreach (var hpa in target.Hpas)
                world.Call("DELETE", $"/apis/autoscaling/v2/namespaces/{target.Namespace}/horizontalpodautoscalers/{hpa.Name}");
        TakeOver(world);
        var after = world.MsUntil(() => world.Replicas == 3, 120_000) / 1000;
        Assert.InRange(after, 15, 111); // a call of two metrics hangs for both
    }

    [Fact]
    public void With_the_operator_alive_no_hpa_waits_for_a_worker()
    {
        var world = new World(demand: 2, more: 55);
        TakeOver(world);
        Assert.InRange(world.MsUntil(() => world.Replicas == 3, 15_100), 1, 15_100);
    }

    [Fact]
    public void When_the_operator_returns_every_hpa_has_its_turn_within_one_sync()
    {
        var world = Starved();
        world.Cluster.Faults.SetOperator(OperatorState.Alive);
        world.Wait(18);
        Assert.DoesNotContain(world.Cluster.Snapshot().Targets.SelectMany(t => t.Hpas), h => h.Reason == "FailedGetExternalMetric");
    }

    /// <summary>Who set the count stands in the workload's managedFields: that tells a human's count from KEDA's last act.</summary>
    [Fact]
    public void The_workload_says_who_set_its_replicas_last()
    {
        var world = new World(demand: 2);
        var path = $"/apis/apps/v1/namespaces/{World.Ns}/deployments/{World.App}";
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 5);
        world.Wait(20);
        Assert.Equal(["kube-controller-manager"], Setters(world, path));
        world.Call("PATCH", $"{path}/scale?fieldManager=kubectl", """{"spec":{"replicas":4}}""", "application/merge-patch+json");
        Assert.Equal(["kubectl"], Setters(world, path));
    }

    private static IEnumerable<string?> Setters(World world, string path) => world.Get(path).Object("metadata").Array("managedFields")!
        .Where(m => m.Object("fieldsV1").Object("f:spec")?["f:replicas"] is not null).Select(m => m.Text("manager"));
}
