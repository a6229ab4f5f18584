using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class TwoHpasFacts
{
    [Fact]
    public void A_second_hpa_with_a_min_above_the_count_fights_kedas_every_15_s_without_any_ambiguity()
    {
        var world = new World(webhook: false, demand: 2);
        var before = world.Rescales();
        world.Fallback(3);
        world.Wait(15);
        var seen = new HashSet<int>();
        for (var i = 0; i < 480; i++)
        {
            world.WaitMs(250);
            seen.Add(world.Replicas);
        }

        Assert.Equal([2, 3], seen.Order());
        Assert.InRange(world.Rescales("app-fallback"), 7, 10);
        Assert.InRange(world.Rescales() - before, 7, 10);
        Assert.Empty(world.Events("AmbiguousSelector"));
    }

    [Fact]
    public void Two_hpas_whose_ranges_hold_the_count_stop_each_other_and_say_so_every_15_s()
    {
        var world = new World(webhook: false, demand: 4);
        world.Fallback(2);
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 9);
        world.Wait(31);
        var before = world.Replicas;
        world.Wait(60);
        Assert.Equal(before, world.Replicas);
        foreach (var hpa in new[] { World.KedaHpa, "app-fallback" })
        {
            var active = world.HpaCondition(hpa, "ScalingActive");
            Assert.Equal("False", active.Text("status"));
            Assert.Equal("AmbiguousSelector", active.Text("reason"));
            Assert.Equal("pods by selector app=app are controlled by multiple HPAs: [sophia-mesh/app-fallback sophia-mesh/keda-hpa-app]", active.Text("message"));
        }

        Assert.All(world.Events("AmbiguousSelector"), e => Assert.True(e.Whole("count") >= 4));
        Assert.Equal(2, world.Events("FailedComputeMetricsReplicas").Count);
    }

    [Fact]
    public void After_the_extra_hpa_goes_the_other_recovers_at_its_next_sync_and_keda_says_not_ready_meanwhile()
    {
        var world = new World(webhook: false, demand: 4);
        world.Fallback(2);
        world.Wait(40);
        Assert.Equal("HPAMetricsUnavailable", world.Condition("Ready", "reason"));
        world.Call("DELETE", $"{world.HpasPath}/app-fallback");
        Assert.Equal("False", world.Condition("Ready"));
        var ms = world.MsUntil(() => world.HpaCondition(World.KedaHpa, "ScalingActive").Text("status") == "True", 15100);
        Assert.InRange(ms, 1, 15001);
        world.Wait(6);
        Assert.Equal("True", world.Condition("Ready"));
    }

    [Fact]
    public void Keda_does_not_judge_an_hpa_younger_than_a_minute()
    {
        var world = new World(webhook: false, demand: 4);
        world.Pause();
        world.Wait(1);
        world.Fallback(2);
        world.Unpause();
        world.Wait(40);
        Assert.Equal("AmbiguousSelector", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
        Assert.Equal("True", world.Condition("Ready"));
        world.Wait(40);
        Assert.Equal("False", world.Condition("Ready"));
    }

    [Fact]
    public void A_new_hpa_acts_first_at_its_first_sync()
    {
        var world = new World();
        world.Pause();
        world.Wait(1);
        world.Fallback(6);
        world.WaitMs(500);
        Assert.Equal(2, world.Replicas);
        world.Wait(15);
        Assert.Equal(6, world.Replicas);
        Assert.Contains(world.Events("SuccessfulRescale"), e => e.Text("message") == "New size: 6; reason: Current number of replicas below Spec.MinReplicas");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_webhook_refuses_pausing_and_unpausing_beside_a_foreign_hpa_in_dry_runs_too(bool paused)
    {
        var world = new World(demand: 4);
        if (paused)
        {
            world.Pause();
            world.Wait(1);
        }

        world.Fallback(2);
        var answer = world.Pause(paused ? null : "true");
        Assert.Equal(403, answer.Status);
        Assert.Equal("admission webhook \"vscaledobject.kb.io\" denied the request: the workload 'app' of type 'apps/v1.Deployment' is already managed by the hpa 'app-fallback'",
            answer.Document().Text("message"));
        Assert.Equal(403, world.Merge(world.ScaledObjectPath + "?dryRun=All", """{"metadata":{"annotations":{"x":"y"}}}""").Status);
        world.Cluster.Faults.SetWebhook(running: false);
        Assert.Equal(200, world.Pause(paused ? null : "true").Status);
    }

    [Fact]
    public void The_ownership_annotation_lifts_the_webhooks_refusal()
    {
        var world = new World(demand: 4);
        world.Fallback(2, ""","annotations":{"validations.keda.sh/hpa-ownership":"false"}""");
        Assert.Equal(200, world.Pause().Status);
    }

    [Fact]
    public void An_owner_reference_alone_lifts_it_too_and_keda_leaves_that_hpa_alone()
    {
        var world = new World(demand: 4);
        world.Fallback(2, $$""","ownerReferences":[{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","name":"app","uid":"{{world.Target.Uid}}"}]""");
        Assert.Equal(200, world.Pause().Status);
        world.Wait(60);
        Assert.Equal(["app-fallback"], world.Hpas);
        Assert.Equal(200, world.Pause(null).Status);
    }

    [Fact]
    public void Every_accepted_write_warns_about_polling_interval_and_cooldown()
    {
        var world = new World();
        var warnings = world.Pause().Headers.Where(h => h.Key == "Warning").Select(h => h.Value).ToList();
        Assert.Equal(2, warnings.Count);
        Assert.All(warnings, w => Assert.StartsWith("299 - \"", w, StringComparison.Ordinal));
    }

    [Fact]
    public void Unpausing_at_once_after_deleting_the_fallback_is_accepted()
    {
        var world = new World(demand: 4);
        world.Pause();
        world.Wait(1);
        world.Fallback(2);
        world.Call("DELETE", $"{world.HpasPath}/app-fallback");
        Assert.Equal(200, world.Pause(null).Status);
    }
}
