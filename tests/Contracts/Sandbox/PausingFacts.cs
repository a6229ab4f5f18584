using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class PausingFacts
{
    [Fact]
    public void Pausing_marks_the_condition_within_30_ms_and_deletes_the_hpa_within_48_ms()
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            var world = new World(seed);
            world.Pause();
            var condition = world.MsUntil(() => world.Condition("Paused") == "True", 100);
            var hpa = condition + world.MsUntil(() => !world.Hpas.Any(), 100);
            Assert.InRange(condition, 9, 31);
            Assert.InRange(hpa, 17, 49);
        }
    }

    [Fact]
    public void Pausing_leaves_replicas_hpa_name_and_ready_as_they_are_and_says_so_in_events()
    {
        var world = new World();
        var before = world.Replicas;
        world.Pause();
        world.Wait(60);
        Assert.Equal(before, world.Replicas);
        Assert.Equal(World.KedaHpa, world.ScaledObject().Object("status").Text("hpaName"));
        Assert.Equal("True", world.Condition("Ready"));
        Assert.NotEmpty(world.Events("ScaledObjectPaused"));
        Assert.NotEmpty(world.Events("KEDAScalersStopped"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("false")]
    public void Unpausing_brings_the_hpa_back_within_72_ms_with_an_empty_status_and_a_first_sync_within_15_s(string? value)
    {
        var world = new World();
        world.Pause();
        world.Wait(5);
        world.Annotate(World.PausedKey, value);
        Assert.InRange(world.MsUntil(() => world.Hpas.Any(), 200), 36, 73);
        var status = world.Hpa(World.KedaHpa).Object("status");
        Assert.False(status!.ContainsKey("conditions"));
        Assert.Equal(0, status.Whole("desiredReplicas"));
        Assert.Null(world.HpaCondition(World.KedaHpa, "ScalingActive"));
        world.Wait(15.1);
        Assert.Equal("True", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("status"));
    }

    [Fact]
    public void Conditions_carry_no_transition_time_and_annotations_do_not_move_the_generation()
    {
        var world = new World();
        var before = world.ScaledObject().Object("metadata").Whole("generation");
        world.Pause();
        world.Wait(1);
        Assert.Equal(before, world.ScaledObject().Object("metadata").Whole("generation"));
        Assert.All(world.ScaledObject().Object("status").Array("conditions")!, c => Assert.Null(c.Text("lastTransitionTime")));
    }

    [Fact]
    public void The_paused_condition_flaps_after_most_unpauses_while_the_hpa_stays()
    {
        var flapped = 0;
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var world = new World(seed);
            world.Pause();
            world.Wait(2);
            world.Unpause();
            world.MsUntil(() => world.Condition("Paused") == "False", 200);
            for (var ms = 0; ms < 200 && world.Condition("Paused") == "False"; ms += 5)
                world.WaitMs(5);
            if (world.Condition("Paused") == "True")
                flapped++;
            Assert.Single(world.Hpas);
            world.Wait(90);
            Assert.Equal("False", world.Condition("Paused"));
        }

        Assert.InRange(flapped, 10, 19);
    }

    [Fact]
    public void While_paused_the_rest_of_the_status_freezes()
    {
        var world = new World();
        world.Pause();
        world.Wait(1);
        var frozen = Json.Line(world.ScaledObject()["status"]);
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, Reactor.Sandbox.Keda.TriggerFailure.Prometheus);
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 0);
        world.Wait(120);
        Assert.Equal(frozen, Json.Line(world.ScaledObject()["status"]));
    }

    [Fact]
    public void Keda_copies_all_annotations_of_the_scaled_object_onto_its_hpa()
    {
        var world = new World();
        world.Merge(world.ScaledObjectPath, """{"metadata":{"annotations":{"reactor.sophia-intel.ai/incident":"inc-1","autoscaling.keda.sh/paused":"true"}}}""");
        world.Wait(1);
        world.Unpause();
        world.Wait(1);
        Assert.Equal("inc-1", world.Hpa(World.KedaHpa).Object("metadata").Object("annotations").Text("reactor.sophia-intel.ai/incident"));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData("yes", true)]
    [InlineData("1", true)]
    [InlineData("garbage", true)]
    [InlineData("false", false)]
    [InlineData("False", false)]
    [InlineData("0", false)]
    public void The_value_decides_whether_it_pauses(string value, bool pauses)
    {
        var world = new World();
        world.Pause(value);
        world.Wait(1);
        Assert.Equal(pauses, !world.Hpas.Any());
    }

    [Fact]
    public void An_empty_value_says_paused_in_the_status_and_leaves_the_hpa()
    {
        var world = new World();
        world.Pause("");
        world.Wait(10);
        Assert.Single(world.Hpas);
        Assert.Equal("True", world.Condition("Paused"));
    }

    [Fact]
    public void Removing_the_key_after_an_empty_value_is_not_noticed_until_false_is_set()
    {
        var world = new World();
        world.Pause("true");
        world.Wait(1);
        world.Pause("");
        world.Wait(1);
        world.Unpause();
        world.Wait(120);
        Assert.Empty(world.Hpas);
        world.Pause("false");
        world.Wait(1);
        Assert.Single(world.Hpas);
        world.Unpause();
        world.Wait(1);
        Assert.Single(world.Hpas);
    }

    [Fact]
    public void Paused_replicas_scales_at_once_and_leaves_later_changes_alone()
    {
        var world = new World();
        world.Annotate("autoscaling.keda.sh/paused-replicas", "5");
        world.Wait(1);
        Assert.Empty(world.Hpas);
        Assert.Equal(5, world.Replicas);
        Assert.Equal(5, world.ScaledObject().Object("status").Whole("pausedReplicaCount"));
        world.Merge($"/apis/apps/v1/namespaces/{World.Ns}/deployments/app/scale", """{"spec":{"replicas":7}}""");
        world.Wait(60);
        Assert.Equal(7, world.Replicas);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public void Paused_replicas_counts_whatever_paused_says_beside_it(string paused)
    {
        var world = new World();
        world.Merge(world.ScaledObjectPath, """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"X","autoscaling.keda.sh/paused-replicas":"5"}}}""".Replace("X", paused));
        world.Wait(1);
        Assert.Empty(world.Hpas);
        Assert.Equal(5, world.Replicas);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-1")]
    public void Broken_paused_replicas_take_the_hpa_and_readiness(string value)
    {
        var world = new World();
        world.Annotate("autoscaling.keda.sh/paused-replicas", value);
        world.Wait(1);
        Assert.Empty(world.Hpas);
        Assert.Equal("False", world.Condition("Ready"));
        Assert.Equal("ScaledObjectCheckFailed", world.Condition("Ready", "reason"));
    }

    [Theory]
    [InlineData("autoscaling.keda.sh/paused-scale-in", "scaleDown")]
    [InlineData("autoscaling.keda.sh/paused-scale-out", "scaleUp")]
    public void Pausing_one_direction_keeps_the_hpa_and_disables_that_direction(string key, string direction)
    {
        var world = new World();
        world.Annotate(key, "true");
        world.Wait(1);
        Assert.Equal("True", world.Condition("Paused"));
        Assert.Equal("Disabled", world.Hpa(World.KedaHpa).Object("spec").Object("behavior").Object(direction).Text("selectPolicy"));
    }

    [Fact]
    public void An_hpa_deleted_by_hand_while_not_paused_is_back_after_20_ms()
    {
        var world = new World();
        world.Call("DELETE", $"{world.HpasPath}/{World.KedaHpa}");
        Assert.Empty(world.Hpas);
        Assert.InRange(world.MsUntil(() => world.Hpas.Any(), 100), 14, 27);
    }

    [Fact]
    public void An_hpa_edited_by_hand_is_put_back_at_once()
    {
        var world = new World();
        Assert.Equal(200, world.Merge($"{world.HpasPath}/{World.KedaHpa}", """{"spec":{"maxReplicas":99}}""").Status);
        world.WaitMs(50);
        Assert.Equal(10, world.Hpa(World.KedaHpa).Object("spec").Whole("maxReplicas"));
    }

    [Fact]
    public void An_hpa_made_by_others_with_kedas_name_while_paused_is_adopted_at_the_unpause()
    {
        var world = new World(webhook: false);
        world.Pause();
        world.Wait(1);
        Assert.Equal(201, world.Fallback(3, name: World.KedaHpa).Status);
        world.Unpause();
        world.Wait(1);
        var hpa = world.Hpa(World.KedaHpa);
        Assert.Equal(1, hpa.Object("spec").Whole("minReplicas"));
        Assert.Equal("ScaledObject", hpa.Object("metadata").Array("ownerReferences")![0].Text("kind"));
    }

    [Fact]
    public void A_deleted_scaled_object_takes_its_hpa_and_every_hpa_that_it_owns_with_it()
    {
        var world = new World();
        world.Pause();
        world.Wait(1);
        world.Fallback(1, $$""","ownerReferences":[{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","name":"app","uid":"{{world.Target.Uid}}"}]""");
        var workload = world.Target.Workload;
        world.Unpause();
        world.Wait(1);
        Assert.Equal(2, world.Cluster.HpasOn(workload).Count());
        Assert.Equal(200, world.Call("DELETE", world.ScaledObjectPath).Status);
        world.Wait(1);
        Assert.Equal(404, world.Call("GET", world.ScaledObjectPath).Status);
        Assert.Empty(world.Cluster.HpasOn(workload));
    }
}
