using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Trips;

/// <summary>Replicas, not only HPAs: what is raised through /scale, when, and what never is.</summary>
public sealed class CapacityTests
{
    private static readonly TargetId A = World.Id("a");

    private static World Starving(int replicas = 4, Func<TargetView, TargetView>? change = null, params string[] more)
    {
        var world = new World() { HpasStarve = true };
        foreach (var name in more.Prepend("a"))
        {
            world.Add(name, replicas: replicas);
            world.Scale(name, replicas, "kube-controller-manager");
            if (change is not null)
                world.Change(name, change);
        }

        world.Skip(TimeSpan.FromSeconds(30));
        world.Run();
        return world;
    }

    private static TriggerView Cron(string start, string end, string replicas) => new("cron", new Dictionary<string, string>
    {
        ["start"] = start, ["end"] = end, ["timezone"] = "UTC", ["desiredReplicas"] = replicas,
    }.ToImmutableSortedDictionary());

    private static TargetView At(TargetView view, int min, int replicas) => view with
    {
        Min = min,
        Replicas = view.Replicas! with { Desired = replicas, Available = replicas },
        Hpas = [.. view.Hpas.Select(h => h with { DesiredReplicas = replicas, CurrentReplicas = replicas })],
    };

    private static List<ScaleWorkload> Raised(World world) => [.. world.Written.OfType<ScaleWorkload>()];

    [Fact]
    public void What_the_floor_asks_for_is_raised_at_once_after_KEDAs_HPA_is_gone_and_the_fallback_stands()
    {
        var world = Starving(replicas: 15);
        world.Sourceless.Add("a");
        world.Add("b");
        world.Run();
        world.Skip(TimeSpan.FromSeconds(30));
        world.Scale("a", 3, "keda"); // KEDA's own fallback has cut it
        world.Hear(Given.Trip(world, "a"));
        Assert.Equal(
            [nameof(AnnotateScaledObject), nameof(DeleteHpa), nameof(ApplyFallbackHpa), nameof(ScaleWorkload)],
            world.Written.Select(w => w.GetType().Name));
        var raised = Assert.Single(Raised(world));
        Assert.Equal((3, 15, Reason.RaisedToFloor), (raised.From, raised.Replicas, raised.Because));
        Assert.Equal("raise a from 3 to 15: it had 15 at the trip or just before", raised.Purpose);
    }

    [Fact]
    public void What_cron_asks_for_is_raised_at_once()
    {
        var world = Starving(change: v => v with { Triggers = [.. v.Triggers, Cron("0 2 * * *", "0 3 * * *", "9")] });
        world.Hear(Given.Trip(world, "a"));
        var raised = Assert.Single(Raised(world));
        Assert.Equal((4, 9, Reason.RaisedToCron), (raised.From, raised.Replicas, raised.Because));
    }

    [Fact]
    public void What_the_policys_min_asks_for_is_left_to_the_HPA_for_two_syncs_and_then_raised()
    {
        var world = Starving();
        world.Hear(Given.Trip(world, "a"));
        Assert.Equal((10, 4), (world["a"].FallbackHpa!.Min, world["a"].Replicas!.Desired));
        world.Skip(TimeSpan.FromSeconds(29));
        world.Run();
        Assert.Empty(Raised(world));
        world.Skip(TimeSpan.FromSeconds(1));
        world.Run();
        var raised = Assert.Single(Raised(world));
        Assert.Equal((4, 10, Reason.RaisedWithoutHpa), (raised.From, raised.Replicas, raised.Because));
        Assert.Contains("its fallback HPA has not within 30 s", raised.Purpose);
        Assert.Contains(world.Audit, a => a is { Kind: AuditKind.Write } && a.Facts.GetValueOrDefault("because") == nameof(Reason.RaisedWithoutHpa));
    }

    [Fact]
    public void The_loop_is_told_when_two_syncs_are_over()
    {
        var world = Starving();
        world.Hear(Given.Trip(world, "a"));
        Assert.Equal(world.Now + TimeSpan.FromSeconds(30), Shortfall.NextDue(world.Panel.Targets.Values, world.Now));
        world.HpasAct("a");
        world.Run();
        Assert.Null(Shortfall.NextDue(world.Panel.Targets.Values, world.Now));
    }

    [Fact]
    public void An_HPA_that_acts_in_time_is_left_to_it()
    {
        var world = Starving();
        world.HpasStarve = false;
        world.Hear(Given.Trip(world, "a"));
        world.Pass(5);
        Assert.Empty(Raised(world));
        Assert.Equal(10, world["a"].Replicas!.Desired);
    }

    [Fact]
    public void The_critical_are_raised_first_and_no_more_than_the_incident_may_add()
    {
        var world = Starving(change: null, replicas: 2, more: ["b", "z"]);
        world.Change("a", v => v with { Max = 12 });
        world.Change("b", v => v with { Max = 50 });
        world.Change("z", v => v with { Max = 100 });
        world.Policy = world.Policy with { MaxAddedReplicas = 12 };
        world.Hear(Given.Trip(world, null));
        world.Skip(TimeSpan.FromSeconds(30));
        world.Run();
        Assert.Equal([("z", 10), ("b", 6)], Raised(world).Select(w => (w.Target.Name, w.Replicas)));
        Assert.Equal(2, world["a"].Replicas!.Desired);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_count_that_a_human_sets_after_the_trip_is_never_raised(int count)
    {
        var world = Starving();
        world.Hear(Given.Trip(world, "a"));
        world.Skip(TimeSpan.FromSeconds(5));
        world.Scale("a", count, "kubectl");
        world.Pass(15);
        Assert.Empty(Raised(world));
        Assert.Equal(count, world["a"].Replicas!.Desired);
        Assert.Equal(count == 0 ? 1 : 0, world.Pages.Count(p => p.Happened.Contains("by field manager kubectl", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_count_that_a_human_set_before_the_trip_is_no_obstacle()
    {
        var world = Starving();
        world.Scale("a", 5, "kubectl-scale");
        world.Skip(TimeSpan.FromSeconds(10));
        world.Hear(Given.Trip(world, "a"));
        world.Skip(TimeSpan.FromSeconds(30));
        world.Run();
        Assert.Equal(10, Assert.Single(Raised(world)).Replicas);
    }

    [Fact]
    public void KEDAs_last_act_is_made_good_within_the_window_and_not_after_it()
    {
        var early = Starving();
        early.Hear(Given.Trip(early, "a"));
        early.HpasAct("a");
        early.Skip(TimeSpan.FromSeconds(119));
        early.Scale("a", 0, "keda");
        early.Run();
        Assert.Equal(10, Assert.Single(Raised(early)).Replicas);

        var late = Starving();
        late.Hear(Given.Trip(late, "a"));
        late.HpasAct("a");
        late.Skip(TimeSpan.FromMinutes(2));
        late.Scale("a", 0, "keda");
        late.Pass(5);
        Assert.Empty(Raised(late));
    }

    [Fact]
    public void Where_nothing_says_who_set_a_count_only_the_count_of_the_trip_is_raised()
    {
        var world = Starving(change: v => v with { Replicas = v.Replicas! with { SetBy = null } });
        world.Hear(Given.Trip(world, "a"));
        world.Change("a", v => v with { Replicas = v.Replicas! with { Desired = 3, Available = 3 } });
        world.Pass(5);
        Assert.Empty(Raised(world));

        var same = Starving(change: v => v with { Replicas = v.Replicas! with { SetBy = null } });
        same.Hear(Given.Trip(same, "a"));
        same.Skip(TimeSpan.FromSeconds(30));
        same.Run();
        Assert.Equal(10, Assert.Single(Raised(same)).Replicas);
    }

    [Fact]
    public void Without_a_store_what_the_HPA_has_not_raised_is_raised_all_the_same()
    {
        var world = Starving();
        world.Hear(Given.Trip(world, "a"));
        world.StoreDownSince = world.Now;
        world.Skip(TimeSpan.FromSeconds(30));
        world.Run();
        Assert.Equal((10, Reason.RaisedWithoutHpa), (Assert.Single(Raised(world)).Replicas, Raised(world)[0].Because));
    }

    [Fact]
    public void What_the_reactor_will_not_raise_it_does_not_promise()
    {
        var world = Starving();
        world.Scale("a", 3, "kube-controller-manager");
        world.Hear(Given.Trip(world, "a"));
        world.Scale("a", 2, "kubectl");
        world.Run();
        Assert.Null(Shortfall.NextDue(world.Panel.Targets.Values, world.Now));
    }

    [Fact]
    public void A_fixed_number_does_not_fight_with_a_human_either()
    {
        var world = Starving();
        world.Hear(Given.Trip(world, "a", action: FallbackAction.Replicas) with { Replicas = 7 });
        Assert.Equal((4, 7, Reason.FixedReplicas), (Raised(world)[0].From, Raised(world)[0].Replicas, Raised(world)[0].Because));
        world.Skip(TimeSpan.FromSeconds(10));
        world.Scale("a", 2, "kubectl");
        world.Pass(5);
        Assert.Equal(2, world["a"].Replicas!.Desired);
    }

    [Theory]
    [InlineData(null, 0, 1, 1)] // just enough to work at all
    [InlineData(6, 0, 6, 6)] // its own spec.fallback.replicas wins
    [InlineData(null, 3, 3, 3)] // idleReplicaCount 0: KEDA never runs it below its min
    public void An_idle_target_at_zero_is_raised_to_its_own_fallback_replicas_or_to_from_zero(int? own, int min, int raised, int fallbackMin)
    {
        var world = Starving(change: v => At(v, min, 0) with { OwnFallbackReplicas = own });
        world.Hear(Given.Trip(world, "a"));
        var write = Assert.Single(Raised(world));
        Assert.Equal((0, raised, Reason.RaisedFromZero), (write.From, write.Replicas, write.Because));
        Assert.Equal(fallbackMin, world["a"].FallbackHpa!.Min);
        world.Pass(15);
        Assert.Equal((raised, fallbackMin), (world["a"].Replicas!.Desired, world["a"].FallbackHpa!.Min));
    }

    [Fact]
    public void The_policy_says_what_an_idle_target_is_raised_to_and_0_leaves_it_there()
    {
        var three = Starving(change: v => At(v, 0, 0));
        three.Policy = three.Policy with { FallbackFromZero = 3 };
        three.Hear(Given.Trip(three, "a"));
        Assert.Equal((3, 3), (Assert.Single(Raised(three)).Replicas, three["a"].FallbackHpa!.Min));

        var none = Starving(change: v => At(v, 0, 0));
        none.Policy = none.Policy with { FallbackFromZero = 0 };
        none.Hear(Given.Trip(none, "a"));
        none.Pass(5);
        Assert.Empty(Raised(none));
        Assert.DoesNotContain(none.Audit, a => a.Reason == Reason.FallbackLeftAtZero); // nobody scaled it there
    }

    [Fact]
    public void An_idle_target_that_cron_wants_more_of_gets_that()
    {
        var world = Starving(change: v => At(v, 0, 0) with { Triggers = [.. v.Triggers, Cron("0 2 * * *", "0 3 * * *", "5")] });
        world.Hear(Given.Trip(world, "a"));
        Assert.Equal((5, Reason.RaisedFromZero), (Assert.Single(Raised(world)).Replicas, Raised(world)[0].Because));
        Assert.Equal(5, world["a"].FallbackHpa!.Min);
    }

    [Fact]
    public void An_idle_target_with_cron_triggers_only_stays_at_what_cron_asks_for()
    {
        var world = Starving(change: v => At(v, 0, 0) with { Triggers = [Cron("20 2 * * *", "0 3 * * *", "5")], OwnFallbackReplicas = 4 });
        world.Hear(Given.Trip(world, "a"));
        world.Pass(15);
        Assert.Empty(Raised(world));
        Assert.Equal(0, world["a"].Replicas!.Desired);
        Assert.Equal(0, world.Panel.Targets[A].Memory.AddedReplicas);
        world.Pass(10); // its window opens: with KEDA paused nobody else would wake it
        Assert.Equal((0, 5, Reason.RaisedToCron), (Assert.Single(Raised(world)).From, Raised(world)[0].Replicas, Raised(world)[0].Because));
        Assert.Equal(5, world["a"].Replicas!.Desired);
    }

    [Fact]
    public void One_that_a_human_put_to_zero_meanwhile_is_not_woken_by_cron()
    {
        var world = Starving(change: v => At(v, 0, 2) with { Triggers = [Cron("20 2 * * *", "0 3 * * *", "5")] });
        world.Hear(Given.Trip(world, "a"));
        world.Skip(TimeSpan.FromSeconds(10));
        world.Scale("a", 0, "kubectl");
        world.Pass(30);
        Assert.Empty(Raised(world));
    }

    [Fact]
    public void Idle_targets_beyond_what_the_incident_may_add_stay_at_zero_and_say_why()
    {
        var world = Starving(change: v => At(v, 0, 0), more: ["b", "c"]);
        world.Policy = world.Policy with { MaxAddedReplicas = 2 };
        world.Hear(Given.Trip(world, null));
        Assert.Equal(2, Raised(world).Count);
        Assert.Single(world.Audit, a => a.Reason == Reason.ReplicaCapReached && a.Text.Contains("starts with 0 instead of 1", StringComparison.Ordinal));
    }

    [Fact]
    public void Page_why_and_breaker_speak_of_replicas_that_are_there()
    {
        var world = Starving(more: "b");
        world.Hear(Given.Trip(world, null));
        var placed = Assert.Single(world.Pages, p => p.Title.Contains("on fallback", StringComparison.Ordinal));
        Assert.Contains("All 2 are on their fallback, 0 s after the decision. No workload has two autoscalers. Replicas: 20 asked for, 8 ready; missing in 2: sophia-mesh/a 4 of 10, sophia-mesh/b 4 of 10.", placed.Did);
        Assert.Contains("What the fallback HPAs have not asked for by 02:01:00Z the reactor asks for itself.", placed.Did);
        var before = Breakers.One(world.Panel, world.Decisions[^1].Input.Observation!, world.Policy, A)!;
        Assert.Equal((10, 4, null), (before.ReplicasAsked, before.ReplicasReady, before.ReplicasReadySince));
        Assert.Contains("10 replicas asked for, 4 ready", before.Why);
        Assert.DoesNotContain(world.Audit, a => a.Reason == Reason.ReplicasInPlace);

        world.Skip(TimeSpan.FromSeconds(30));
        world.Run();
        var there = Assert.Single(world.Pages, p => p.Title.Contains("replicas that the fallbacks ask for are there", StringComparison.Ordinal));
        Assert.Contains("Replicas: 20 asked for, 20 ready since 02:01:00Z.", there.Happened);
        Assert.Contains("Raised through /scale by the reactor: sophia-mesh/a from 4 to 10 (its fallback HPA had not after two syncs), sophia-mesh/b", there.Happened);
        var after = Breakers.One(world.Panel, world.Decisions[^1].Input.Observation!, world.Policy, A)!;
        Assert.Equal((10, 10, world.Now), (after.ReplicasAsked, after.ReplicasReady, after.ReplicasReadySince));
        Assert.Contains("10 replicas asked for, 10 ready since 02:01:00Z, raised from 4 to 10", after.Why);
        Assert.Equal(2, world.Audit.Count(a => a.Reason == Reason.ReplicasInPlace && a.Facts["asked"] == "10"));
    }

    [Fact]
    public void Replicas_that_are_there_at_once_need_no_second_page()
    {
        var world = Starving(replicas: 12);
        world.Hear(Given.Trip(world, "a"));
        Assert.Contains("Replicas: 12 asked for, 12 ready since 02:00:30Z.", Assert.Single(world.Pages, p => p.Title.Contains("on fallback", StringComparison.Ordinal)).Did);
        world.Pass(5);
        Assert.DoesNotContain(world.Pages, p => p.Title.Contains("are there", StringComparison.Ordinal));
        Assert.Equal("true", world.Audit.Single(a => a.Reason == Reason.FallbackInPlace).Facts["replicasThere"]);
    }

    [Fact]
    public void A_reactor_that_learns_of_the_trip_from_the_cluster_alone_does_not_open_the_window_again()
    {
        var world = Starving();
        world.Hear(Given.Trip(world, "a"));
        world.HpasAct("a");
        world.Run();
        world.Skip(TimeSpan.FromMinutes(20));
        world.Panel = Panel.Empty("test");
        world.Scale("a", 1, "keda");
        world.Pass(5);
        Assert.Empty(Raised(world));
    }
}
