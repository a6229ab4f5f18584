namespace Sophia.Keda.Reactor.Core.Tests.Meanwhile;

/// <summary>What humans and other programs do to a target while it is on its fallback.</summary>
public sealed class OthersMeanwhileTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private TargetId A { get; } = World.Id("a");

    private void TripOne()
    {
        _world.Run();
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.Equal(Phase.OnFallback, _world.Panel.Targets[A].Phase);
    }

    private void Quiet() => _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false));

    private BreakerView Breaker(string name)
    {
        var seen = _world.Decisions[^1].Input.Observation!;
        return Breakers.One(_world.Panel, seen, _world.Policy, World.Id(name))!;
    }

    [Fact]
    public void A_foreign_pause_holds_the_target_on_its_fallback_until_it_goes()
    {
        TripOne();
        _world.TakesPausedReplicas = false;
        _world.Annotate("a", Annotations.PausedReplicas, "5");
        Quiet();
        _world.Pass(30);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Equal(BreakerState.Held, Breaker("a").State);
        Assert.Contains(Annotations.PausedReplicas, Breaker("a").Why);
        Assert.Contains(_world.Pages, p => p.Happened.Contains(Annotations.PausedReplicas, StringComparison.Ordinal));
        _world.Annotate("a", Annotations.PausedReplicas, null);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void A_foreign_pause_in_place_of_ours_is_neither_overwritten_nor_removed()
    {
        TripOne();
        _world.Annotate("a", Annotations.Paused, null);
        _world.Annotate("a", Annotations.Incident, null);
        _world.Annotate("a", Annotations.Memory, null);
        _world.Annotate("a", Annotations.Paused, "yes, by ana");
        Quiet();
        _world.Pass(30);
        Assert.Equal("yes, by ana", _world["a"].Annotations[Annotations.Paused]);
        Assert.Equal(BreakerState.Held, Breaker("a").State);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }

    /// <summary>What KEDA asked for in the moment in which it had the target again must not fall away when the floor of the first trip is long over.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_runs_when_it_is_paused_again_is_a_floor_as_at_the_trip(bool humanHeldIt)
    {
        TripOne();
        if (humanHeldIt)
            _world.Annotate("a", Annotations.Paused, "yes, by ana");
        _world.Pass(_world.Policy.FloorPeriod + TimeSpan.FromMinutes(2));
        _world.Annotate("a", Annotations.Paused, null); // KEDA is back for a moment, and scales
        _world.Change("a", v => v with { Replicas = v.Replicas! with { Desired = 12 } });
        _world.Pass(2);

        var memory = _world.Panel.Targets[A].Memory;
        Assert.Equal(12, memory.Floor);
        Assert.True(memory.FloorUntil > _world.Now + (_world.Policy.FloorPeriod / 2));
        Assert.Equal("true", _world["a"].Annotations[Annotations.Paused]);
    }

    [Fact]
    public void A_human_who_pauses_between_our_decision_and_our_write_is_left_alone()
    {
        _world.Run();
        _world.Ends = write =>
        {
            if (!_world["a"].Annotations.ContainsKey(Annotations.Paused))
                _world.Annotate("a", Annotations.Paused, "true");
            return Outcome.Conflict;
        };
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Ends = _ => Outcome.Done;
        _world.Pass(5);
        Assert.Empty(_world.Written);
        Assert.Equal([Annotations.Paused], _world["a"].Annotations.Keys);
        Assert.Equal(Reason.TargetLeftAlonePausedByOthers, _world.TheIncident.Members[A].Reason);
        Assert.Empty(_world.Panel.Targets);
        Quiet();
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal("true", _world["a"].Annotations[Annotations.Paused]);
    }

    [Fact]
    public void A_foreign_HPA_takes_over_from_ours_and_the_target_is_held()
    {
        TripOne();
        _world.Change("a", v => v with { Hpas = v.Hpas.Add(World.KedaHpa("a", 4, _world.Now) with { Name = "somebodys", Uid = "f", Owner = HpaOwner.Other }) });
        Quiet();
        _world.Pass(20);
        Assert.Equal("somebodys", Assert.Single(_world["a"].Hpas).Name);
        Assert.Equal(BreakerState.Held, Breaker("a").State);
        Assert.Contains("somebodys", Breaker("a").Why);
        _world.Change("a", v => v with { Hpas = [] });
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void A_pause_that_others_remove_is_put_back_three_times_and_then_the_target_is_given_back_for_good()
    {
        TripOne();
        for (var i = 1; i <= 3; i++)
        {
            _world.Annotate("a", Annotations.Paused, null);
            _world.Pass(TimeSpan.FromSeconds(30));
            Assert.True(Pauses.IsOurs(_world["a"]), $"put back {i}");
            Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        }

        _world.Annotate("a", Annotations.Paused, null);
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(Reason.PutBacksExhausted, _world.TheIncident.Members[A].Reason);
        _world.Pass(5);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Empty(_world["a"].Annotations);
        Assert.Empty(_world.Panel.Targets);
        Assert.Single(_world.Pages, p => p.Title.Contains("given back to KEDA", StringComparison.Ordinal));
        Assert.Equal(3, _world.Audit.Count(a => a.Reason == Reason.PausePutBack));
    }

    [Fact]
    public void Put_backs_spread_over_hours_are_not_a_fight()
    {
        TripOne();
        for (var i = 0; i < 6; i++)
        {
            _world.Annotate("a", Annotations.Paused, null);
            _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
            _world.Pass(11);
        }

        Assert.Equal(MemberState.Protected, _world.TheIncident.Members[A].State);
    }

    [Fact]
    public void A_KEDA_HPA_that_keeps_coming_back_from_a_healthy_operator_ends_the_fight_too()
    {
        TripOne();
        _world.IgnoresPauses = true;
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(Reason.PutBacksExhausted, _world.TheIncident.Members[A].Reason);
        _world.Pass(1);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void From_a_sick_operator_KEDAs_HPA_is_deleted_for_as_long_as_it_takes()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        for (var i = 0; i < 6; i++)
        {
            _world.Change("a", v => v with { Hpas = v.Hpas.Add(World.KedaHpa("a", 4, _world.Now)) });
            _world.Pass(TimeSpan.FromSeconds(30));
            Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        }

        Assert.Equal(MemberState.Protected, _world.TheIncident.Members[A].State);
    }

    [Fact]
    public void A_fallback_HPA_that_somebody_edits_or_deletes_is_made_right_again()
    {
        TripOne();
        _world.Change("a", v => v with { Hpas = [v.FallbackHpa! with { Min = 1, Max = 2 }] });
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal((10, 20), (_world["a"].FallbackHpa!.Min, _world["a"].FallbackHpa!.Max));
        _world.Change("a", v => v with { Hpas = [] });
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.NotNull(_world["a"].FallbackHpa);
    }

    [Theory]
    [InlineData(Annotations.OptOut, "true", Reason.TargetLeftAloneOptedOut)]
    [InlineData(Annotations.Paused, "true", Reason.TargetLeftAlonePausedByOthers)]
    [InlineData(Annotations.PausedReplicas, "3", Reason.TargetLeftAlonePausedByOthers)]
    public void What_its_owner_says_while_it_is_back_with_KEDA_is_heeded_when_its_wave_is_put_back(string key, string value, Reason reason)
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary that is back");
        var canary = Assert.Single(_world.TheIncident.Recovery.Batch);
        _world.Annotate(canary.Name, key, value);
        var annotations = _world.Targets[canary].Annotations;
        _world.OperatorAlive = false;
        _world.Pass(5);
        Assert.Equal(annotations, _world.Targets[canary].Annotations);
        Assert.Equal((MemberState.LeftAlone, reason), (_world.TheIncident.Members[canary].State, _world.TheIncident.Members[canary].Reason));
    }

    [Fact]
    public void One_that_opts_out_while_on_its_fallback_is_given_back()
    {
        TripOne();
        _world.Annotate("a", Annotations.OptOut, "true");
        _world.Pass(3);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Equal([Annotations.OptOut], _world["a"].Annotations.Keys);
    }
}
