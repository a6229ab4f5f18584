using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class ScalingFacts
{
    [Fact]
    public void An_oscillating_target_goes_1_5_1_5_with_one_rescale_a_sync_told_in_few_aggregated_events()
    {
        var world = new World(demand: 2);
        world.Cluster.Faults.SetOscillating(World.Ns, World.App, oscillating: true);
        world.Wait(30);
        var before = world.Rescales();
        var seen = new List<int>();
        for (var i = 0; i < 16; i++)
        {
            world.Wait(15);
            seen.Add(world.Replicas);
        }

        Assert.Equal(16, world.Rescales() - before);
        Assert.Equal([1, 5], seen.Distinct().Order());
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
        var sizes = world.Events("SuccessfulRescale").Where(e => e.Whole("count") > 1).ToList();
        Assert.Equal(2, sizes.Count);
        Assert.All(sizes, e => Assert.InRange(e.Whole("count") ?? 0, 7, 10));
        Assert.Contains(sizes, e => e.Text("message") == "New size: 1; reason: All metrics below target");
        Assert.Contains(sizes, e => e.Text("message")!.StartsWith("New size: 5; reason: external metric s0-redis-jobs(&LabelSelector{", StringComparison.Ordinal));
    }

    [Fact]
    public void An_oscillation_ends_when_the_fallback_drives_and_when_it_is_told_to_stop()
    {
        var world = new World(demand: 2);
        world.Cluster.Faults.SetOscillating(World.Ns, World.App, oscillating: true);
        world.Wait(60);
        world.Pause();
        world.Wait(1);
        world.Fallback(2);
        world.Wait(60);
        var still = world.Rescales("app-fallback");
        world.Wait(120);
        Assert.Equal(still, world.Rescales("app-fallback"));
        world.Call("DELETE", $"{world.HpasPath}/app-fallback");
        world.Unpause();
        world.Cluster.Faults.SetOscillating(World.Ns, World.App, oscillating: false);
        world.Wait(30);
        Assert.Null(world.ScaledObject().Object("spec")!["advanced"]);
        var calm = world.Rescales();
        world.Wait(120);
        Assert.Equal(calm, world.Rescales());
    }

    [Fact]
    public void A_steady_ramp_shows_rising_sizes_with_count_one_each()
    {
        var world = new World(demand: 2);
        foreach (var demand in new[] { 4, 6, 8 })
        {
            world.Cluster.Faults.SetDemand(World.Ns, World.App, demand);
            world.Wait(15);
        }

        var events = world.Events("SuccessfulRescale").Where(e => e.Object("involvedObject").Text("name") == World.KedaHpa).ToList();
        foreach (var size in new[] { 4, 6, 8 })
            Assert.Contains(events, e => e.Text("message")!.StartsWith($"New size: {size};", StringComparison.Ordinal) && e.Whole("count") == 1);
    }

    [Fact]
    public void At_zero_replicas_the_hpa_is_disabled_and_a_fallback_with_min_3_does_nothing()
    {
        var world = new World(min: 0, demand: 0);
        Assert.Equal(0, world.Replicas);
        var active = world.HpaCondition(World.KedaHpa, "ScalingActive");
        Assert.Equal("ScalingDisabled", active.Text("reason"));
        Assert.Equal("True", world.Condition("Ready"));
        world.Pause();
        world.Wait(1);
        world.Fallback(3);
        world.Wait(40);
        Assert.Equal(0, world.Replicas);
        world.Merge($"/apis/apps/v1/namespaces/{World.Ns}/deployments/app/scale", """{"spec":{"replicas":1}}""");
        world.Wait(16);
        Assert.Equal(3, world.Replicas);
    }

    [Fact]
    public void Without_cpu_requests_a_fallback_is_raised_to_its_min_and_then_holds_with_failed_metrics()
    {
        var world = new World(cpuRequests: false);
        world.Pause();
        world.Wait(1);
        world.Fallback(3);
        world.Wait(15);
        Assert.Equal(3, world.Replicas);
        Assert.Equal("SucceededRescale", world.HpaCondition("app-fallback", "AbleToScale").Text("reason"));
        world.Wait(60);
        Assert.Equal(3, world.Replicas);
        var active = world.HpaCondition("app-fallback", "ScalingActive");
        Assert.Equal("False", active.Text("status"));
        Assert.Equal("FailedGetResourceMetric", active.Text("reason"));
    }

    [Fact]
    public void An_hpa_without_metrics_gets_80_percent_cpu()
    {
        var world = new World();
        world.Pause();
        world.Wait(1);
        world.Fallback(2);
        Assert.Equal(80, world.Hpa("app-fallback").Object("spec").Array("metrics")!.Single().Object("resource").Object("target").Whole("averageUtilization"));
    }

    [Fact]
    public void Repeated_rescales_are_modified_events_with_a_count_and_not_new_objects()
    {
        var world = new World(demand: 2);
        world.Cluster.Faults.SetOscillating(World.Ns, World.App, oscillating: true);
        world.Wait(60);
        var objects = Names(world);
        var before = world.Rescales();
        world.Wait(120);
        Assert.Equal(8, world.Rescales() - before);
        Assert.Equal(objects, Names(world));
    }

    [Fact]
    public void With_the_event_limit_on_the_counts_stop_growing_after_about_25_events()
    {
        var world = new World(demand: 2, spamFilter: true);
        world.Cluster.Faults.SetOscillating(World.Ns, World.App, oscillating: true);
        world.Wait(900);
        Assert.InRange(world.Rescales(), 22, 32);
    }

    private static List<string?> Names(World world) => [.. world.Events("SuccessfulRescale")
        .Where(e => e.Object("involvedObject").Text("name") == World.KedaHpa).Select(e => e.Object("metadata").Text("name"))];

    [Fact]
    public void Replica_set_events_name_both_sizes_and_are_combined_when_there_are_many()
    {
        var world = new World(demand: 2);
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 3);
        world.Wait(16);
        Assert.Contains(world.Events("ScalingReplicaSet"), e => e.Text("message")!.EndsWith("from 2 to 3", StringComparison.Ordinal));
        for (var size = 1; size <= 10; size++)
        {
            world.Pause();
            world.Merge($"/apis/apps/v1/namespaces/{World.Ns}/deployments/app/scale", $$$"""{"spec":{"replicas":{{{size}}} }}""");
            world.Wait(3);
        }

        Assert.Contains(world.Events("ScalingReplicaSet"), e => e.Text("message")!.StartsWith("(combined from similar events): ", StringComparison.Ordinal));
    }
}
