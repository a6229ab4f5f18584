namespace Sophia.Keda.Reactor.Core.Tests.Alerts;

public sealed class KedaEventTests
{
    private readonly World _world = new("a", "b", "c", "d");

    public KedaEventTests() => _world.Run();

    private Verdict Last => _world.Verdicts[^1];

    [Fact]
    public void A_failed_event_trips_nothing_on_first_sight()
    {
        Hear(KedaEventTypes.Failed);
        Assert.True(Last.Accepted);
        Assert.Equal(Reason.EventWaits, Last.Reason);
        _world.Pass(TimeSpan.FromSeconds(90));
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
    }

    [Fact]
    public void A_failed_event_that_stands_for_two_minutes_trips_that_target()
    {
        Hear(KedaEventTypes.Failed);
        _world.Pass(2);
        Assert.Equal(Cause.ScalerErrors, _world.TheIncident.Cause);
        Assert.Equal([World.Id("a")], _world.Panel.Targets.Keys);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.EventStood && a.IncidentId == _world.TheIncident.Id);
        Assert.Contains("no scale target", _world.TheIncident.Why);
    }

    [Fact]
    public void A_failed_event_trips_at_once_when_the_probe_has_seen_that_target_fail()
    {
        NotReady("a");
        _world.Pass(TimeSpan.FromSeconds(30));
        _world.Skip(TimeSpan.FromSeconds(1));
        Hear(KedaEventTypes.Failed);
        Assert.Equal([World.Id("a")], _world.Panel.Targets.Keys);
        Assert.Equal(_world.TheIncident.Id, Last.IncidentId);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.EventConfirmed);
    }

    [Fact]
    public void A_probe_that_sees_another_target_fail_agrees_with_nothing()
    {
        NotReady("b");
        _world.Pass(TimeSpan.FromSeconds(30));
        Hear(KedaEventTypes.Failed);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void While_KEDA_itself_shows_a_sign_a_failing_target_confirms_nothing()
    {
        NotReady("a");
        _world.MetricsServerUp = false;
        _world.Pass(TimeSpan.FromSeconds(30));
        Hear(KedaEventTypes.Failed);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Theory]
    [InlineData(KedaEventTypes.Ready)]
    [InlineData(KedaEventTypes.Removed)]
    [InlineData(KedaEventTypes.Paused)]
    public void Its_end_in_time_leaves_everything_as_it_was(string end)
    {
        Hear(KedaEventTypes.Failed);
        _world.Pass(1);
        Hear(end);
        Assert.Equal(Reason.AlertResolved, Last.Reason);
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void Ready_ends_the_evidence_and_the_target_goes_back()
    {
        Hear(KedaEventTypes.Failed);
        _world.Pass(2);
        Hear(KedaEventTypes.Ready);
        Assert.Equal(_world.TheIncident.Id, Last.IncidentId);
        Assert.False(_world.TheIncident.Evidence.Values.Single().Standing);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void The_pause_that_is_our_own_ends_nothing()
    {
        Hear(KedaEventTypes.Failed);
        _world.Pass(2);
        Hear(KedaEventTypes.Paused);
        Assert.Equal(Reason.EventNoted, Last.Reason);
        Assert.Contains("our own", Last.Because);
        Assert.True(_world.TheIncident.Evidence.Values.Single().Standing);
    }

    [Fact]
    public void Unpaused_is_noted_and_is_no_evidence()
    {
        Hear(KedaEventTypes.Unpaused);
        Assert.True(Last.Accepted);
        Assert.Equal(Reason.EventNoted, Last.Reason);
        Assert.Empty(_world.Panel.Alerts);
    }

    [Fact]
    public void KEDA_that_says_it_again_at_each_try_does_not_start_the_two_minutes_anew()
    {
        for (var i = 0; i < 4; i++)
        {
            Hear(KedaEventTypes.Failed);
            _world.Pass(TimeSpan.FromSeconds(30));
        }

        Assert.Single(_world.Panel.Incidents);
        Assert.Equal(1, _world.Verdicts.Count(v => v.Reason == Reason.EventWaits));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_ready_that_overtakes_its_failed_ends_it_before_it_is_heard(bool knownBefore)
    {
        var at = _world.Now;
        if (knownBefore)
            _world.Hear(Given.Event(_world, KedaEventTypes.Failed, "a", at.AddSeconds(-5)));
        _world.Hear(Given.Event(_world, KedaEventTypes.Ready, "a", at.AddSeconds(2)));
        _world.Hear(Given.Event(_world, KedaEventTypes.Failed, "a", at));
        Assert.False(Last.Accepted);
        Assert.Equal(Reason.AlertStale, Last.Reason);
        _world.Pass(5);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void A_late_ready_of_an_earlier_time_does_not_end_what_failed_since()
    {
        var at = _world.Now;
        _world.Hear(Given.Event(_world, KedaEventTypes.Failed, "a", at));
        _world.Hear(Given.Event(_world, KedaEventTypes.Failed, "a", at.AddSeconds(20)));
        _world.Hear(Given.Event(_world, KedaEventTypes.Ready, "a", at.AddSeconds(10)));
        Assert.Equal(Reason.AlertStale, Last.Reason);
        _world.Pass(2);
        Assert.Single(_world.Panel.Incidents);
    }

    [Fact]
    public void The_same_event_again_changes_nothing()
    {
        var failed = Given.Event(_world, KedaEventTypes.Failed, "a");
        _world.Hear(failed);
        var panel = _world.Panel;
        _world.Hear(failed with { ReceivedAt = _world.Now });
        Assert.Equal(Reason.AlertDuplicate, Last.Reason);
        Assert.Equal(panel.Alerts, _world.Panel.Alerts);
        var ready = Given.Event(_world, KedaEventTypes.Ready, "a", _world.Now.AddSeconds(1));
        _world.Hear(ready);
        _world.Hear(ready);
        Assert.Equal(Reason.AlertDuplicate, Last.Reason);
    }

    [Fact]
    public void An_event_that_was_on_its_way_too_long_says_nothing_of_now()
    {
        _world.Hear(Given.Event(_world, KedaEventTypes.Failed, "a", _world.Now.AddMinutes(-16)));
        Assert.False(Last.Accepted);
        Assert.Equal(Reason.AlertStale, Last.Reason);
        Assert.Empty(_world.Panel.Alerts);
    }

    [Fact]
    public void What_is_over_is_forgotten_before_its_event_could_be_taken_for_news()
    {
        var at = _world.Now;
        Hear(KedaEventTypes.Ready);
        _world.Pass(29);
        Assert.Single(_world.Panel.Alerts);
        _world.Pass(2);
        Assert.Empty(_world.Panel.Alerts);
        _world.Hear(Given.Event(_world, KedaEventTypes.Failed, "a", at.AddSeconds(-1)));
        Assert.Equal(Reason.AlertStale, Last.Reason);
    }

    [Fact]
    public void After_a_gap_of_our_own_the_two_minutes_begin_anew()
    {
        Hear(KedaEventTypes.Failed);
        _world.Skip(TimeSpan.FromMinutes(5));
        _world.Run();
        Assert.Empty(_world.Panel.Incidents);
        _world.Pass(2);
        Assert.Single(_world.Panel.Incidents);
    }

    [Fact]
    public void Heard_while_blind_it_trips_nothing_until_two_minutes_after_sight()
    {
        _world.Visible = false;
        Hear(KedaEventTypes.Failed);
        _world.Pass(4);
        _world.Visible = true;
        _world.Run();
        Assert.Empty(_world.Panel.Incidents);
        _world.Pass(2);
        Assert.Equal([World.Id("a")], _world.TheIncident.Members.Keys);
    }

    [Fact]
    public void A_target_that_is_not_there_is_refused_with_its_name()
    {
        _world.Hear(Given.Event(_world, KedaEventTypes.Failed, "nobody"));
        Assert.Equal(Reason.AlertTargetUnknown, Last.Reason);
        Assert.Contains("sophia-mesh/nobody", Last.Because);
    }

    [Fact]
    public void One_that_fails_under_test_fails_the_gate_only_once_it_counts()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary that is back");
        var canary = Assert.Single(_world.TheIncident.Recovery.Batch).Name;
        _world.Hear(Given.Event(_world, KedaEventTypes.Failed, canary));
        Assert.Equal(0, _world.TheIncident.Members[World.Id(canary)].Failures);
        _world.Pass(2);
        Assert.Equal(1, _world.TheIncident.Members[World.Id(canary)].Failures);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.GateNewEvidence);
    }

    [Fact]
    public void A_reset_by_hand_overrules_it_and_the_next_one_waits_its_two_minutes()
    {
        Hear(KedaEventTypes.Failed);
        _world.Pass(2);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.Pass(4);
        Assert.Empty(_world.Panel.Targets);
        Hear(KedaEventTypes.Failed);
        Assert.Equal(Reason.EventWaits, Last.Reason);
        Assert.Empty(_world.Panel.Targets);
        _world.Pass(2);
        Assert.Equal([World.Id("a")], _world.Panel.Targets.Keys);
    }

    [Fact]
    public void A_disabled_breaker_hears_and_does_nothing()
    {
        _world.Policy = _world.Policy with { Enabled = false };
        Hear(KedaEventTypes.Failed);
        Assert.Equal(Reason.BreakerDisabled, Last.Reason);
    }

    [Fact]
    public void The_audit_trail_names_KEDA_as_who_said_it()
    {
        Hear(KedaEventTypes.Failed);
        Assert.Equal("keda", _world.Audit.Last(a => a.Reason == Reason.EventWaits).Actor);
        Assert.Distinct(Enum.GetValues<SignalOrigin>().Select(SignalOrigins.Name));
    }

    private void Hear(string type) => _world.Hear(Given.Event(_world, type, "a"));

    private void NotReady(string name) => _world.Change(name, v => v with { Ready = new("False", "ScaledObjectCheckFailed", "no scale target") });
}
