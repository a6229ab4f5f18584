namespace Sophia.Keda.Reactor.Core.Tests.Orders;

/// <summary>More replicas during an incident: upward at once, the greatest wins, never above max, until it is back with KEDA.</summary>
public sealed class MoreReplicasTests
{
    private readonly World _world = new("a", "b");

    public MoreReplicasTests() => _world.Run();

    private OrderAnswer Answer => _world.Verdicts[^1].Answer!;

    private int Min => _world["a"].FallbackHpa!.Min;

    private TripOrder More(int min, string requestId, string? target = "a") => Given.Trip(_world, target, requestId) with { Min = min };

    private void TripTheOperator()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }

    private void ByHand(int min, string manager = "kubectl-edit") =>
        _world.Change("a", v => v with { Hpas = [.. v.Hpas.Select(h => h.Owner == HpaOwner.Reactor ? h with { Min = min, MinSetBy = manager } : h)] });

    [Fact]
    public void An_order_takes_the_fallbacks_min_upward_at_once_and_says_so()
    {
        TripTheOperator();
        var incident = _world.TheIncident.Id;
        _world.Change("a", v => v with { Replicas = v.Replicas! with { Desired = 4 } }); // no HPA controller has raised it
        var untouched = _world["b"];
        _world.Hear(More(15, "1"));
        Assert.Equal((true, incident), (Answer.Accepted, Answer.IncidentId));
        Assert.Equal(incident, _world.TheIncident.Id); // it trips nothing, and holds nothing
        Assert.Equal("is raised at once: CPU HPA a-fallback, at least 15 replicas (raised by ana, until it is back with KEDA), at most 20, 60 % CPU of container app", Assert.Single(Answer.Targets).WillDo);
        Assert.Equal((15, 15), (Min, _world["a"].Replicas!.Desired));
        Assert.Equal(untouched, _world["b"]);
        Assert.Contains(_world.Pages, p => p.Title.Contains("1 target with more replicas, by ana", StringComparison.Ordinal) && p.Happened.Contains("at least 15 replicas", StringComparison.Ordinal));
        Assert.Contains(_world.Audit, a => a is { Reason: Reason.ReplicasRaised, Actor: "ana (claimed; authenticated as key:operator#1)" });
        var why = Explain.Of(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy, World.Id("a"), _world.Now)!;
        Assert.Contains("at least 15 replicas, raised by ana", why.State);
        Assert.Contains("More replicas until it is back with KEDA: POST /api/breakers/trip with min", why.WouldChange);
    }

    [Fact]
    public void What_was_asked_for_is_there_also_where_the_HPA_alone_would_not_bring_it()
    {
        TripTheOperator();
        _world.Ends = write => write is ApplyFallbackHpa ? Outcome.Failed : Outcome.Done;
        _world.Hear(More(15, "1"));
        _world.Ends = _ => Outcome.Done;
        _world.Run();
        Assert.Equal(15, Min);
        _world.HpasStarve = true;
        _world.Scale("a", 4, "kubectl");
        _world.Pass(5);
        Assert.Equal(4, _world["a"].Replicas!.Desired); // it was seen once: from then on fewer is somebody's wish
        Assert.DoesNotContain(_world.Written.Skip(_world.Written.Count - 1), w => w is ScaleWorkload);
    }

    [Theory]
    [InlineData(15, 12, 15)]
    [InlineData(12, 15, 15)]
    [InlineData(15, 3, 15)]
    public void The_greatest_wins(int first, int second, int expected)
    {
        TripTheOperator();
        _world.Hear(More(first, "1"));
        _world.Hear(More(second, "2") with { By = "ben" });
        Assert.True(Answer.Accepted);
        Assert.Equal(expected, Min);
    }

    [Fact]
    public void More_than_its_max_is_refused_with_what_the_max_is()
    {
        TripTheOperator();
        _world.Hear(More(21, "1"));
        Assert.Equal((false, Reason.OrderRefusedContradiction), (Answer.Accepted, Answer.Reason));
        Assert.Equal("sophia-mesh/a may have at most 20 replicas (its maxReplicaCount), and 21 were asked for", Answer.Detail);
        _world.Hear(More(20, "2"));
        Assert.Equal(20, Min);
    }

    [Fact]
    public void Of_many_each_gets_as_many_as_its_own_max_allows()
    {
        _world.Add("small", max: 6);
        _world.Run();
        TripTheOperator();
        _world.Hear(More(15, "1", target: null));
        Assert.Equal((15, 6), (Min, _world["small"].FallbackHpa!.Min));
        Assert.Equal(3, Answer.Targets.Length);
    }

    [Fact]
    public void A_number_of_replicas_is_taken_upward_on_a_CPU_fallback_too()
    {
        TripTheOperator();
        _world.Hear(Given.Trip(_world, "a", "1", FallbackAction.Replicas) with { Replicas = 15 });
        Assert.True(Answer.Accepted);
        Assert.Equal(15, Min);
        Assert.Single(_world.Panel.Incidents);
    }

    [Theory]
    [InlineData(9, 9)]
    [InlineData(5, 7)]
    public void A_fixed_number_is_taken_upward(int second, int expected)
    {
        _world.Hear(Given.Trip(_world, "a", "1", FallbackAction.Replicas) with { Replicas = 7 });
        _world.Hear(Given.Trip(_world, "a", "2", FallbackAction.Replicas) with { Replicas = second });
        Assert.True(Answer.Accepted);
        Assert.Equal(expected, _world["a"].Replicas!.Desired);
        Assert.Single(_world.Panel.Incidents);
        _world.Pass(5);
        Assert.Equal(expected, _world["a"].Replicas!.Desired);
    }

    [Fact]
    public void What_is_frozen_is_scaled_once_and_then_left_to_whoever_scales_it()
    {
        _world.Hear(Given.Trip(_world, "a", "1", FallbackAction.Freeze));
        _world.Hear(More(12, "2"));
        Assert.Equal(12, _world["a"].Replicas!.Desired);
        Assert.Empty(_world["a"].Hpas);
        _world.Change("a", v => v with { Replicas = v.Replicas! with { Desired = 9 } });
        _world.Pass(3);
        Assert.Equal(9, _world["a"].Replicas!.Desired);
        Assert.Contains("raised to 12 replicas by ana", _world.Pages[^1].Targets[0]);
    }

    [Fact]
    public void A_trip_may_say_the_least_of_its_fallback()
    {
        _world.Hear(More(17, "1"));
        Assert.Equal(17, Min);
        Assert.Contains("at least 17 replicas (raised by ana", Assert.Single(Answer.Targets).WillDo);
        Assert.Equal(Cause.Manual, _world.TheIncident.Cause);
    }

    [Fact]
    public void An_order_that_also_trips_others_is_a_trip_of_all_that_it_names()
    {
        _world.Hear(Given.Trip(_world, "a", "1"));
        var order = More(15, "2", target: null);
        _world.Hear(order);
        Assert.Equal(["a", "b"], _world.Of(order).Members.Keys.Select(t => t.Name));
        Assert.Equal((15, 15), (Min, _world["b"].FallbackHpa!.Min));
    }

    [Fact]
    public void It_lasts_over_a_recovery_that_fails_and_ends_with_the_incident()
    {
        TripTheOperator();
        _world.Hear(More(15, "1"), More(15, "2", "b"));
        _world.OperatorAlive = true;
        _world.Sourceless.UnionWith(["a", "b"]);
        _world.PassUntil(() => _world.TheIncident.Attempts == 1, "a failed canary");
        _world.Pass(1);
        Assert.Equal((15, 15), (Min, _world["b"].FallbackHpa!.Min));
        _world.Sourceless.Clear();
        foreach (var name in (string[])["a", "b"])
            if (_world[name].KedaHpa is not null)
                _world.KedaHpaShows(name, "True", "ValidMetricFound");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        _world.Hear(Given.Trip(_world, "a", "3"));
        _world.Pass(11);
        Assert.True(Min < 15, "a new incident begins without it");
    }

    [Fact]
    public void It_ends_with_the_order_that_asked_for_it_while_another_keeps_the_target()
    {
        var first = Given.Trip(_world, "a", "1");
        _world.Hear(first);
        var more = More(15, "2") with { Duration = TimeSpan.FromMinutes(20) };
        _world.Hear(more);
        Assert.Equal((15, 2), (Min, _world.Panel.Incidents.Count));
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "the end of the second");
        _world.Pass(1);
        Assert.Equal(_world.Of(first).Id, _world.TheIncident.Id);
        Assert.Equal(10, Min);
    }

    [Fact]
    public void A_loss_of_the_store_does_not_lose_it()
    {
        TripTheOperator();
        _world.Hear(More(15, "1"));
        Assert.Equal(15, _world["a"].Memory!.Raised!.To);
        _world.Panel = Panel.Empty("test");
        _world.Pass(2);
        Assert.Equal(15, Min);
    }

    [Fact]
    public void A_min_that_somebody_raised_by_hand_is_kept_and_told()
    {
        TripTheOperator();
        ByHand(18);
        _world.Pass(30);
        Assert.Equal(18, Min);
        Assert.Single(_world.Pages, p => p.Title.Contains("1 fallback raised by hand", StringComparison.Ordinal) && p.Happened.Contains("at least 18 replicas (raised by field manager kubectl-edit", StringComparison.Ordinal));
        _world.Hear(More(16, "1"));
        Assert.Equal(18, Min);
    }

    [Fact]
    public void One_that_somebody_lowered_is_put_back()
    {
        TripTheOperator();
        var before = Min;
        ByHand(1);
        _world.Run();
        Assert.Equal(before, Min);
    }

    [Fact]
    public void Our_own_number_of_before_is_nobodys_wish()
    {
        TripTheOperator();
        _world.Change("a", v => v with { Hpas = [.. v.Hpas.Select(h => h with { Min = 18 })] }); // as when a floor has ended
        _world.Run();
        Assert.Equal(10, Min);
    }

    [Fact]
    public void The_max_is_never_exceeded_also_by_hand()
    {
        TripTheOperator();
        _world.Change("a", v => v with { Hpas = [.. v.Hpas.Select(h => h with { Min = 30, Max = 40, MinSetBy = "kubectl-edit" })] });
        _world.Run();
        Assert.Equal((20, 20), (Min, _world["a"].FallbackHpa!.Max));
    }

    [Fact]
    public void Stopped_writes_carry_it_out_when_they_are_allowed_again()
    {
        TripTheOperator();
        _world.Hear(Given.KillSwitch(_world, stop: true));
        _world.Hear(More(15, "1"));
        Assert.StartsWith("when writes are allowed again: is raised at once", Assert.Single(Answer.Targets).WillDo, StringComparison.Ordinal);
        Assert.Equal(10, Min);
        _world.Pass(10);
        _world.Hear(Given.KillSwitch(_world, stop: false, "k2"));
        _world.Run();
        Assert.Equal((15, 15), (Min, _world["a"].Replicas!.Desired));
    }
}
