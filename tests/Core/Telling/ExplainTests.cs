namespace Sophia.Keda.Reactor.Core.Tests.Telling;

public sealed class ExplainTests
{
    private readonly World _world = new("a", "b", "c", "d");

    public ExplainTests() => _world.Run();

    private Explanation Why(string name = "a") =>
        Explain.Of(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy, World.Id(name), _world.Now)!;

    private static string Text(Explanation why) => ExplanationText.Write(why, [], why.ObservedAt);

    private void TripTheOperator()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }

    [Fact]
    public void A_healthy_target_says_that_nothing_was_seen_and_what_would_trip_it()
    {
        var why = Why();
        Assert.Equal("Closed: nothing was seen; KEDA (keda-hpa-a) scales it", why.State);
        Assert.Empty(why.Evidence);
        Assert.Empty(why.Applies);
        Assert.Equal(("Nothing: KEDA scales it", null), (why.Next, why.NextAt));
        Assert.StartsWith("more than 3 rescales within 60 s, back and forth, or 4 changes of direction within 5 min; 5 failing probes in a row;", why.Limits);
        Assert.Equal("02:00:00Z: not failing, no rescale within 5 min; KEDA's operator and metrics server answer; the next within 30 s", why.LastProbe);
    }

    [Fact]
    public void Nobody_explains_a_target_that_is_not_there() =>
        Assert.Null(Explain.Of(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy, World.Id("nobody"), _world.Now));

    [Fact]
    public void A_target_that_begins_to_fail_says_when_it_trips_if_that_goes_on()
    {
        _world.Change("a", v => v with { Ready = new("False", "TriggerError", "no redis") });
        _world.Pass(1);
        var why = Why();
        Assert.StartsWith("It trips for scaler-errors at 5 failing probes in a row (2 so far: Ready=False, TriggerError: no redis)", why.Next);
        Assert.Equal(_world.Now + TimeSpan.FromSeconds(90), why.NextAt);
        Assert.Contains("2 failing probes in a row", why.LastProbe);
        var earliest = why.NextAt!.Value;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal(earliest, _world.Now);
    }

    [Fact]
    public void A_dying_operator_is_told_before_it_trips_with_the_time()
    {
        _world.Pass(1);
        _world.OperatorAlive = false;
        _world.Pass(1);
        var why = Why();
        Assert.StartsWith("It trips when this has lasted 2 min: KEDA's operator Deployment has had no available replica", why.Next);
        var earliest = why.NextAt!.Value;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.InRange(_world.Now - earliest, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_tripped_target_says_what_was_seen_decided_and_what_would_change_it()
    {
        TripTheOperator();
        var why = Why();
        Assert.Contains("on its fallback; fallback (a-fallback) scales it", why.State);
        var evidence = Assert.Single(why.Evidence);
        Assert.Equal((_world.TheIncident.Id, Cause.OperatorUnhealthy, true), (evidence.Incident, evidence.Cause, evidence.Standing));
        var decision = Assert.Single(why.Decisions);
        Assert.Equal((MemberState.Protected, Reason.TargetTripped, "to its fallback for operator-unhealthy"), (decision.State, decision.Reason, decision.Words));
        Assert.Equal(NextStep.Of(_world.Panel, _world.TheIncident, _world.Policy, _world.Now).Words, why.Next);
        Assert.Contains(why.WouldChange, c => c.Contains("POST /api/breakers/reset", StringComparison.Ordinal));
        Assert.Contains(why.WouldChange, c => c.Contains("/hold", StringComparison.Ordinal));
        Assert.Contains(why.WouldChange, c => c.StartsWith("The end of the evidence", StringComparison.Ordinal));
    }

    [Fact]
    public void The_next_step_is_the_same_as_on_the_page()
    {
        TripTheOperator();
        Assert.Equal(_world.Pages[^1].Next, Why().Next + ".");
    }

    [Fact]
    public void What_was_left_alone_says_why()
    {
        _world.Annotate("b", Annotations.OptOut, "true");
        TripTheOperator();
        var why = Why("b");
        Assert.Equal(BreakerState.Closed, why.Breaker.State);
        Assert.Equal($"left alone: opted out by {Annotations.OptOut}", Assert.Single(why.Decisions).Words);
        Assert.Equal("Nothing while it is left alone: KEDA scales it", why.Next);
    }

    [Fact]
    public void What_was_given_back_to_KEDA_for_good_is_not_said_to_be_on_its_fallback()
    {
        _world.Refuses = write => write is ApplyFallbackHpa ? "no quota" : null;
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        var why = Why();
        Assert.StartsWith("Held: left alone until a human has removed what stands in the way; KEDA (keda-hpa-a) scales it;", why.State);
        Assert.DoesNotContain(why.WouldChange, w => w.Contains("/api/breakers/reset", StringComparison.Ordinal));
        Assert.Contains(why.WouldChange, w => w.StartsWith("The end of the incident", StringComparison.Ordinal));
    }

    [Fact]
    public void A_hold_a_window_and_maintenance_are_each_told_with_how_they_end()
    {
        TripTheOperator();
        _world.OperatorAlive = true;
        _world.Policy = _world.Policy with { RecoveryWindows = [new TimeWindow { Start = "0 9 * * *", Duration = TimeSpan.FromHours(8), Zone = "Europe/Berlin" }] };
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold), Given.Maintenance(_world, TimeSpan.FromMinutes(30)));
        var why = Why();
        Assert.Equal(3, why.Applies.Length);
        Assert.Contains("of the whole cluster until 2026-03-02 02:3", why.Applies[0]);
        Assert.Contains("(by ana: KEDA upgrade): it neither trips nor goes back by itself", why.Applies[0]);
        Assert.Contains("is held since", why.Applies[1]);
        Assert.Contains("waits for the window that opens Mon 09:00 Europe/Berlin", why.Applies[2]);
        Assert.Contains(why.WouldChange, c => c.Contains("/release", StringComparison.Ordinal));
        Assert.Contains(why.WouldChange, c => c.Contains($"/api/maintenance/{_world.Panel.Maintenance.Keys.Single()}/end", StringComparison.Ordinal));
    }

    [Fact]
    public void What_maintenance_suppresses_is_told_at_its_targets()
    {
        _world.Hear(Given.Maintenance(_world, TimeSpan.FromMinutes(30)));
        _world.OperatorAlive = false;
        _world.Pass(5);
        var evidence = Assert.Single(Why().Evidence);
        Assert.Equal((null, true), (evidence.Incident, evidence.Standing));
        Assert.Contains("noted by maintenance", evidence.What);
        Assert.Equal("Nothing: KEDA scales it", Why().Next);
    }

    [Fact]
    public void What_maintenance_suppresses_of_another_target_is_not_told_here()
    {
        _world.Hear(Given.Maintenance(_world, TimeSpan.FromMinutes(30)), Given.Alert(_world, Cause.Oscillation, "a"));
        Assert.Single(Why("a").Evidence);
        Assert.Empty(Why("b").Evidence);
    }

    [Fact]
    public void As_text_it_is_read_from_top_to_bottom()
    {
        TripTheOperator();
        var lines = Text(Why()).Split('\n');
        Assert.Equal("sophia-mesh/a", lines[0]);
        Assert.Equal(
            ["State:", "Scaled by:", "Seen:", "Decided:", "Next:", "Would change it:", "Trips at:", "Last probe:"],
            lines.Skip(1).Where(l => l.Length > 0 && l[0] != ' ').Select(l => l[..(l.IndexOf(':') + 1)]));
        Assert.All(lines.Where(l => l.Length > 0).Skip(1), l => Assert.NotEqual(' ', l[17]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Observe_only_and_a_disabled_breaker_say_so(bool observe)
    {
        _world.Policy = _world.Policy with { ObserveOnly = observe, Enabled = observe };
        Assert.Contains(observe ? "Observe-only" : "disabled by policy", Assert.Single(Why().Applies));
    }

    [Fact]
    public void Of_a_target_that_others_paused_nobody_is_said_to_scale_it()
    {
        _world.Annotate("a", Annotations.PausedReplicas, "3");
        _world.Pass(1);
        var why = Why();
        Assert.Equal("Closed: nothing was seen; nothing scales it", why.State);
        Assert.Equal($"Nothing moves it: somebody else paused it ({Annotations.PausedReplicas}: \"3\")", why.Next);
        Assert.Equal($"The end of this: somebody else paused it ({Annotations.PausedReplicas}: \"3\")", Assert.Single(why.WouldChange));
    }

    [Fact]
    public void One_that_is_opted_out_says_so_before_anything_happens()
    {
        _world.Annotate("a", Annotations.OptOut, "true");
        _world.Run();
        var why = Why();
        Assert.Equal($"It is left alone: opted out by {Annotations.OptOut}", Assert.Single(why.Applies));
        Assert.Equal($"Nothing moves it: opted out by {Annotations.OptOut}", why.Next);
        Assert.Equal($"The end of this: opted out by {Annotations.OptOut}", Assert.Single(why.WouldChange));
    }

    [Fact]
    public void A_trip_by_hand_ends_by_a_reset_or_at_its_time_and_not_with_any_evidence()
    {
        _world.Hear(Given.Trip(_world, "a"), Given.Trip(_world, "b", "r2", duration: TimeSpan.FromMinutes(30)));
        Assert.DoesNotContain(Why("a").WouldChange.Concat(Why("b").WouldChange), c => c.StartsWith("The end of the evidence", StringComparison.Ordinal));
        Assert.StartsWith("Stays on the fallback until a reset by hand", Why("a").Next);
        Assert.StartsWith($"Stays on the fallback until {Words.Clock(_world.Now.AddMinutes(30), _world.Now)}", Why("b").Next);
        Assert.Contains($"The end of the trip by hand, at {Words.Clock(_world.Now.AddMinutes(30), _world.Now)}", Why("b").WouldChange);
    }

    [Fact]
    public void In_observe_mode_it_would_trip_and_does_not()
    {
        _world.Policy = _world.Policy with { ObserveOnly = true };
        _world.Change("a", v => v with { Ready = new("False", "TriggerError", "no redis") });
        _world.Pass(1);
        Assert.Equal("It would trip for scaler-errors at 5 failing probes in a row (2 so far: Ready=False, TriggerError: no redis). Observe-only: nothing is written", Why().Next);
        Assert.DoesNotContain("nothing was seen", Why().State);
        TripTheOperator();
        Assert.StartsWith("observe-only, would go to its fallback", Why("b").Decisions.Single().Words);
        Assert.StartsWith("Observe-only: it would keep them on the fallback", Why("b").Next);
        Assert.StartsWith("Acting instead of observing", Why("b").WouldChange[0]);
    }

    [Fact]
    public void Under_the_kill_switch_each_target_is_told_its_own_next_step()
    {
        TripTheOperator();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary that is back");
        _world.Hear(Given.KillSwitch(_world, stop: true));
        var canary = _world.TheIncident.Recovery.Batch.Single().Name;
        var other = _world.Targets.Keys.First(id => id.Name != canary).Name;
        Assert.EndsWith("When writes are allowed again: Watching the canary anew for 5 min; then the next wave, or back on the fallback", Why(canary).Next);
        Assert.EndsWith("When writes are allowed again: Its turn comes after the canary, which is watched anew for 5 min", Why(other).Next);
    }

    [Fact]
    public void A_sign_that_would_trip_it_under_the_kill_switch_says_that_nothing_is_written()
    {
        _world.Hear(Given.KillSwitch(_world, stop: true));
        _world.Change("a", v => v with { Ready = new("False", "TriggerError", "no redis") });
        _world.Pass(1);
        Assert.EndsWith(". Nothing is written then: " + _world.Panel.WritesStop!.Words(_world.Now), Why().Next);
        Assert.Equal("Nothing: KEDA scales it", Why("b").Next);
    }

    [Fact]
    public void One_that_waits_for_its_turn_is_not_told_that_it_is_watched()
    {
        TripTheOperator();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary that is back");
        var recovery = _world.TheIncident.Recovery;
        var other = _world.Targets.Keys.First(id => !recovery.Batch.Contains(id)).Name;
        Assert.Equal($"Its turn comes after the canary, which is watched until {Words.Clock(recovery.BatchBackAt!.Value.AddMinutes(5), _world.Now)}", Why(other).Next);
        Assert.StartsWith("Watching the canary until", Why(recovery.Batch.Single().Name).Next);
    }

    [Fact]
    public void A_reset_that_would_be_refused_is_offered_for_later_and_says_why()
    {
        TripTheOperator();
        Assert.StartsWith("A reset by hand once KEDA is well: POST /api/breakers/reset, refused while KEDA's operator Deployment has had no available replica", Why().WouldChange[0]);
        Assert.Contains($"Give back sooner, once KEDA is well: POST /api/breakers/reset with scope incident, incident {_world.TheIncident.Id}.", _world.Pages[^1].YouMay);
    }

    [Fact]
    public void Of_a_held_incident_one_target_is_given_back_at_once_only()
    {
        TripTheOperator();
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold));
        _world.OperatorAlive = true;
        _world.Pass(1);
        Assert.Contains("at once, with mode immediate", Why().WouldChange[0]);
        Assert.StartsWith("Held: on its fallback until a human releases it; fallback (a-fallback) scales it;", Why().State);
    }

    [Fact]
    public void What_others_hold_says_that_and_not_the_next_step_of_the_others()
    {
        TripTheOperator();
        _world.Annotate("a", Annotations.PausedReplicas, "3");
        _world.OperatorAlive = true;
        _world.Pass(1);
        Assert.StartsWith("Held: it stays as it is while others hold it;", Why().State);
        Assert.StartsWith("Nothing until this is over: somebody else paused it meanwhile", Why().Next);
        Assert.DoesNotContain(Why().WouldChange, c => c.Contains("/api/breakers/reset", StringComparison.Ordinal));
    }

    [Fact]
    public void One_that_can_not_work_as_it_is_written_is_told_so_and_not_that_nothing_was_seen()
    {
        _world.Broken.Add("a");
        _world.Change("a", v => v with { Hpas = [], HpaNamed = false, Ready = new("False", "ScaledObjectCheckFailed", "no scaler found for type: x") });
        _world.Run();
        Assert.Equal("Nothing while it can't work as it is written: KEDA never made an HPA for it: ScaledObjectCheckFailed: no scaler found for type: x", Why("a").Next);
        Assert.DoesNotContain("nothing was seen", Why("a").State);
    }
}
