namespace Sophia.Keda.Reactor.Core.Tests.Recovering;

/// <summary>One that does not come back holds up itself only.</summary>
public sealed class StragglerTests
{
    private readonly World _world = new("a", "b", "c", "d", "e", "f");

    private Incident? Left => _world.Panel.Incidents.Values.SingleOrDefault(i => i.Left);

    private bool OthersAreBack(params string[] stragglers) => _world.Targets.Values.All(v =>
        (v.FallbackHpa is not null) == stragglers.Contains(v.Id.Name) && (v.KedaHpa is null) == stragglers.Contains(v.Id.Name));

    private void OperatorDiesAndReturns()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Pass(1);
        _world.OperatorAlive = true;
    }

    private Incident LeftBehind(params string[] stragglers)
    {
        OperatorDiesAndReturns();
        _world.Sourceless.UnionWith(stragglers);
        _world.PassUntil(() => Left is not null && _world.Panel.Incidents.Count == 1, "only what stays behind");
        return Left!;
    }

    private void SourceIsBack(string name)
    {
        _world.Sourceless.Remove(name);
        _world.KedaHpaShows(name, "True", "ValidMetricFound");
    }

    [Fact]
    public void Its_own_source_away_it_stays_behind_and_the_others_are_back()
    {
        var left = LeftBehind("a");
        Assert.True(OthersAreBack("a"));
        Assert.Equal([World.Id("a")], left.Members.Keys);
        Assert.DoesNotContain(_world.Audit, a => a.Reason is Reason.PutBackOnFallback or Reason.HeldAfterAttempts);
        var canaries = _world.Audit.Where(a => a.Reason == Reason.CanaryStarted).Select(a => a.Target!.Value.Name).ToList();
        Assert.Equal(["a", "b"], canaries.Take(2));

        var over = Assert.Single(_world.Closed);
        Assert.Equal(PageKind.Resolve, _world.Pages.Last(p => p.IncidentId == over.Id).Kind);
        Assert.Contains(left.Id, over.Members[World.Id("a")].Note);
        var told = Assert.Single(_world.Pages, p => p.IncidentId == left.Id);
        Assert.Equal((PageKind.Trigger, Severity.Error), (told.Kind, told.Severity));
        Assert.NotEqual(over.DedupKey, told.DedupKey);
        Assert.Contains("sophia-mesh/a did not come back 2 times", told.Happened);
        Assert.Contains("FailedGetExternalMetric", told.Happened);
        Assert.Contains("sophia-mesh/a is tried again", told.Next);
        Assert.Equal(left.Members[World.Id("a")].RetryAt, told.NextAt);
        Assert.Contains("/api/breakers/reset", told.YouMay);
    }

    [Fact]
    public void No_page_and_no_view_says_that_the_operator_is_away_once_it_is_back()
    {
        OperatorDiesAndReturns();
        _world.Sourceless.UnionWith(["a", "b"]);
        _world.Run();
        var before = _world.Pages.Count;
        for (var i = 0; i < 120 && Left is null; i++)
        {
            _world.Pass(TimeSpan.FromSeconds(30));
            foreach (var breaker in Breakers.All(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy).Where(b => b.Why.Contains("no available replica")))
                Assert.Contains("gone since", breaker.Why);
        }

        Assert.NotNull(Left);
        Assert.Contains(_world.Pages.Skip(before), p => p.Title.Contains("on fallback", StringComparison.Ordinal) && p.Happened.Contains("did not come back"));
        foreach (var page in _world.Pages.Skip(before).Where(p => p.Kind != PageKind.Resolve))
        {
            Assert.NotEqual(Severity.Critical, page.Severity);
            Assert.True(!page.Happened.Contains("no available replica") || page.Happened.Contains("gone since"), page.Happened);
        }
    }

    [Fact]
    public void It_is_tried_again_at_its_own_growing_pace_without_another_page_until_it_is_back_and_then_its_page_resolves()
    {
        var left = LeftBehind("a");
        var pages = _world.Pages.Count;
        var waits = new List<TimeSpan>();
        for (var failures = 3; failures <= 7; failures++)
        {
            var expected = failures;
            _world.PassUntil(() => Left!.Members[World.Id("a")].Failures == expected, $"failure {expected}");
            waits.Add(Left!.Members[World.Id("a")].RetryAt!.Value - _world.Now);
        }

        Assert.Equal(waits.Order(), waits);
        Assert.InRange(waits[^1], TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(30));
        Assert.All(_world.Pages.Skip(pages), p => Assert.EndsWith("a human is still needed", p.Title, StringComparison.Ordinal));
        SourceIsBack("a");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal((PageKind.Resolve, left.DedupKey), (_world.Pages[^1].Kind, _world.Pages[^1].DedupKey));
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Empty(_world["a"].Annotations);
    }

    [Fact]
    public void Each_that_comes_back_is_told_and_the_incident_goes_on_for_the_rest()
    {
        var left = LeftBehind("a", "c");
        Assert.Equal(2, left.Members.Count);
        SourceIsBack("c");
        _world.PassUntil(() => _world["c"].KedaHpa is not null && Left!.Recovery.Batch.IsEmpty, "c is back");
        Assert.Contains(_world.Pages, p => p.IncidentId == left.Id && p.Title.EndsWith("sophia-mesh/c is back with KEDA", StringComparison.Ordinal));
        Assert.True(OthersAreBack("a"));
        Assert.Equal(left.Id, Left!.Id);
    }

    [Theory]
    [InlineData(ResetMode.Gradual)]
    [InlineData(ResetMode.Immediate)]
    public void A_reset_by_hand_ends_its_wait(ResetMode mode)
    {
        LeftBehind("a");
        _world.PassUntil(() => Left!.Members[World.Id("a")].Failures == 4, "a long wait");
        SourceIsBack("a");
        var ordered = _world.Now;
        _world.Hear(Given.Reset(_world, "a", mode));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.True(_world.Now - ordered < TimeSpan.FromMinutes(9), $"{_world.Now - ordered}");
    }

    [Theory]
    [InlineData(ResetMode.Gradual)]
    [InlineData(ResetMode.Immediate)]
    public void A_reset_of_all_by_hand_leaves_behind_only_what_does_not_come_back(ResetMode mode)
    {
        OperatorDiesAndReturns();
        _world.Sourceless.Add("c");
        _world.Hear(Given.Reset(_world, null, mode));
        _world.PassUntil(() => Left is not null && _world.Panel.Incidents.Count == 1, "only what stays behind");
        Assert.True(OthersAreBack("c"));
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.PutBackOnFallback);
    }

    [Fact]
    public void One_that_is_deleted_meanwhile_is_nobodys_concern_any_more()
    {
        LeftBehind("a");
        _world.Delete("a");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
    }

    [Fact]
    public void One_that_others_pause_meanwhile_is_held_and_told_and_goes_on_when_that_ends()
    {
        LeftBehind("a");
        _world.Annotate("a", Annotations.PausedReplicas, "3");
        SourceIsBack("a");
        _world.Pass(60);
        Assert.Empty(_world["a"].Hpas);
        Assert.Contains(_world.Pages, p => p.IncidentId == Left!.Id && p.Title.Contains("is held", StringComparison.Ordinal));
        _world.Annotate("a", Annotations.PausedReplicas, null);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void One_that_cannot_be_read_meanwhile_waits_for_the_look_that_reads_it()
    {
        LeftBehind("a");
        _world.Unreadable["a"] = "a label that is no text";
        SourceIsBack("a");
        _world.Pass(60);
        Assert.NotNull(Left);
        _world.Unreadable.Clear();
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void Several_incidents_of_one_cause_leave_what_stays_behind_to_one()
    {
        var left = LeftBehind("a");
        _world.Pass(10);
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.OpenIncident(Cause.OperatorUnhealthy) is not null, "another trip");
        _world.Pass(1);
        _world.OperatorAlive = true;
        _world.Sourceless.Add("d");
        _world.PassUntil(() => _world.Panel.OpenIncident(Cause.OperatorUnhealthy) is null, "the end of the other");
        Assert.True(OthersAreBack("a", "d"));
        Assert.Equal(left.Id, Left!.Id);
        Assert.Equal(["a", "d"], Left.Members.Where(m => m.Value.State == MemberState.Protected).Select(m => m.Key.Name));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(20, 2)]
    [InlineData(21, 3)]
    [InlineData(100, 10)]
    public void A_wave_fails_as_a_whole_at_two_or_a_tenth_of_it(int size, int failures) => Assert.Equal(failures, Waves.MostFailures(size));

    [Fact]
    public void Two_of_one_wave_put_the_whole_wave_back_and_the_next_try_waits()
    {
        var world = new World([.. Enumerable.Range(0, 8).Select(i => $"t{i}")]);
        world.Run();
        world.OperatorAlive = false;
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        world.OperatorAlive = true;
        world.PassUntil(() => world.TheIncident.Recovery is { Stage: Stage.Wave, Batch.Length: 2, BatchBackAt: not null }, "a wave of two");
        var wave = world.TheIncident.Recovery.Batch;
        world.Sourceless.UnionWith(wave.Select(id => id.Name));
        world.PassUntil(() => world.TheIncident.Attempts == 1, "a failed wave");
        Assert.All(wave, id => Assert.Equal(1, world.TheIncident.Members[id].Failures));
        Assert.True(world.TheIncident.Recovery.NotBefore > world.Now);
        var page = world.Pages.Last(p => p.Title.Contains("Recovery failed (attempt 1)", StringComparison.Ordinal));
        Assert.All(wave, id => Assert.Contains(id.Name, page.Happened));
    }

    [Fact]
    public void What_went_back_with_a_failed_wave_and_is_well_goes_before_what_failed()
    {
        var world = new World([.. Enumerable.Range(0, 12).Select(i => $"t{i:00}")]);
        world.Run();
        world.OperatorAlive = false;
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        world.OperatorAlive = true;
        world.PassUntil(() => world.TheIncident.Recovery is { Stage: Stage.Wave, Batch.Length: 3, BatchBackAt: not null }, "a wave of three");
        var wave = world.TheIncident.Recovery.Batch;
        world.Sourceless.UnionWith([wave[0].Name, wave[1].Name]);
        world.PassUntil(() => world.TheIncident.Attempts == 1, "a failed wave");
        Assert.Equal(0, world.TheIncident.Members[wave[2]].Failures);
        world.PassUntil(() => world.TheIncident.Recovery.Stage == Stage.Canary, "another canary");
        Assert.Equal(wave[2], world.TheIncident.Recovery.Batch.Single());
    }

    [Fact]
    public void After_a_loss_of_the_store_its_marks_say_that_it_was_left()
    {
        var left = LeftBehind("a");
        Assert.Equal(left.Id, _world["a"].Annotations[Annotations.Incident]);
        _world.Panel = Panel.Empty("test");
        _world.Run();
        Assert.Equal((left.Id, true, left.Why), (Left?.Id, Left?.Left, Left?.Why));
        SourceIsBack("a");
        _world.PassUntil(() => _world.Panel is { Incidents.IsEmpty: true, Targets.IsEmpty: true }, "the end");
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.PutBackOnFallback);
    }

    [Fact]
    public void While_nothing_shows_that_KEDA_works_no_target_is_to_blame()
    {
        var world = new World("a", "b");
        world.Run();
        world.OperatorAlive = false;
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        world.Sourceless.UnionWith(["a", "b"]);
        world.OperatorAlive = true;
        world.PassUntil(() => world.TheIncident.Hold is not null, "a hold");
        Assert.Equal((Reason.HeldAfterAttempts, world.Policy.MaxAttempts), (world.TheIncident.Hold!.Reason, world.TheIncident.Attempts));
    }

    [Fact]
    public void An_alert_about_one_that_is_left_is_noted_and_opens_no_other_incident()
    {
        LeftBehind("a");
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", startsAt: _world.Now));
        _world.Pass(2);
        Assert.Equal((Reason.AlertNoted, true), (_world.Verdicts[^1].Reason, _world.Panel.Incidents.Values.Single().Left));
    }

    [Fact]
    public void An_alert_that_fires_while_it_is_tested_fails_its_gate()
    {
        LeftBehind("a");
        SourceIsBack("a");
        _world.PassUntil(() => Left!.Recovery is { Batch.Length: 1, BatchBackAt: not null }, "it is tested");
        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy, "x", fingerprint: "other"), Given.Alert(_world, Cause.ScalerErrors, "a", startsAt: _world.Now));
        Assert.Equal((3, HpaOwner.Reactor), (Left!.Members[World.Id("a")].Failures, Assert.Single(_world["a"].Hpas).Owner));
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false, startsAt: _world.Now));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void While_a_human_holds_the_incident_nothing_is_left_and_after_the_release_it_is()
    {
        OperatorDiesAndReturns();
        _world.Sourceless.Add("a");
        _world.PassUntil(() => _world.TheIncident.Members[World.Id("a")].Failures == 1, "a failure");
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold, "h"));
        _world.Pass(60);
        Assert.Null(Left);
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Release, "r"));
        _world.PassUntil(() => Left is not null && _world.Panel.Incidents.Count == 1, "only what stays behind");
        Assert.True(OthersAreBack("a"));
    }

    [Fact]
    public void What_is_left_can_be_held_and_released_and_acknowledged_like_any_incident()
    {
        var left = LeftBehind("a");
        _world.Hear(Given.OnIncident(_world, left.Id, IncidentOrderKind.Ack, "k"));
        _world.Hear(Given.OnIncident(_world, left.Id, IncidentOrderKind.Hold, "h"));
        var failures = Left!.Members[World.Id("a")].Failures;
        SourceIsBack("a");
        _world.Pass(60);
        Assert.Equal(failures, Left!.Members[World.Id("a")].Failures);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        _world.Hear(Given.OnIncident(_world, left.Id, IncidentOrderKind.Release, "r"));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void Under_the_kill_switch_nothing_of_it_is_tried_and_then_it_goes_on()
    {
        LeftBehind("a");
        SourceIsBack("a");
        _world.Hear(Given.KillSwitch(_world, stop: true));
        _world.Written.Clear();
        _world.Pass(60);
        Assert.Empty(_world.Written);
        _world.Hear(Given.KillSwitch(_world, stop: false, "k2"));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void When_the_operator_dies_again_what_is_left_waits_for_it_and_is_no_second_failure()
    {
        LeftBehind("a");
        _world.PassUntil(() => Left!.Recovery is { Batch.Length: 1, BatchBackAt: not null }, "it is tested");
        var failures = Left!.Members[World.Id("a")].Failures;
        SourceIsBack("a");
        _world.OperatorAlive = false;
        _world.KedaHpaShows("a", "False", "AmbiguousSelector");
        _world.Pass(2);
        Assert.Equal(failures, Left!.Members[World.Id("a")].Failures);
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }
}
