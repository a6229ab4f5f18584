namespace Sophia.Keda.Reactor.Core.Tests.Orders;

/// <summary>A manual order moves only what it names, and ends only by its end or a reset.</summary>
public sealed class ManualTripTests
{
    private readonly World _world = new("a", "b", "c");

    public ManualTripTests() => _world.Run();

    private OrderAnswer Answer => _world.Verdicts[^1].Answer!;

    private bool IsAway(string name) => _world[name].Hpas is [{ Owner: HpaOwner.Reactor }];

    [Fact]
    public void Each_order_is_an_incident_of_its_own_with_its_own_page()
    {
        var (ana, ben) = (Given.Trip(_world, "a", "1"), Given.Trip(_world, "b", "2") with { By = "ben" });
        _world.Hear(ana, ben);
        Assert.NotEqual(_world.Of(ana).Id, _world.Of(ben).Id);
        Assert.NotEqual(_world.Of(ana).DedupKey, _world.Of(ben).DedupKey);
        Assert.Equal([World.Id("a")], _world.Of(ana).Members.Keys);
        Assert.Equal([World.Id("b")], _world.Of(ben).Members.Keys);
        Assert.All(_world.Panel.Incidents.Values, i => Assert.Single(_world.Pages, p => p.Kind == PageKind.Trigger && p.DedupKey == i.DedupKey));
        Assert.All(_world.Pages.Where(p => p.IncidentId == _world.Of(ben).Id), p => Assert.DoesNotContain(p.Targets, t => t.StartsWith("sophia-mesh/a", StringComparison.Ordinal)));
    }

    [Fact]
    public void Tripping_one_again_within_the_watch_of_both_touches_that_one_alone()
    {
        _world.Hear(Given.Trip(_world, "a", "1"));
        _world.Hear(Given.Trip(_world, "b", "2"));
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate, "3"));
        _world.Hear(Given.Reset(_world, "b", ResetMode.Immediate, "4"));
        var (pages, trail) = (_world.Pages.Count, _world.Audit.Count);
        var again = Given.Trip(_world, "a", "5");
        _world.Hear(again);
        Assert.True(IsAway("a"));
        Assert.False(IsAway("b"));
        Assert.Equal("Stays on the fallback until a reset by hand; then 3 good probes, one canary watched for 5 min, then waves of 25/50/75/100 %", Answer.Next);
        Assert.DoesNotContain(_world.Pages.Skip(pages), p => p.Title.Contains("Recovery failed", StringComparison.Ordinal));
        Assert.DoesNotContain(_world.Audit.Skip(trail), a => a.Text.Contains("Evidence is gone", StringComparison.Ordinal) || a.Reason == Reason.PutBackOnFallback);
        _world.Pass(60);
        Assert.True(IsAway("a"));
        Assert.False(IsAway("b"));
        Assert.Equal(_world.Of(again).Id, _world.TheIncident.Id);
    }

    [Fact]
    public void A_recovery_that_fails_puts_back_only_what_its_order_had_moved()
    {
        _world.Hear(Given.Trip(_world, "a", "1"));
        _world.Hear(Given.Trip(_world, "b", "2"));
        _world.Sourceless.Add("a");
        _world.Hear(Given.Reset(_world, null, ResetMode.Immediate, "3"));
        _world.PassUntil(() => IsAway("a"), "a's failed gate");
        Assert.False(IsAway("b"));
        Assert.Contains(_world.Pages, p => p is { IncidentId: "20260302-020000-manual", Title: "Tripped by hand: sophia-mesh/a did not come back" });
        Assert.DoesNotContain(_world.Pages, p => p.IncidentId == "20260302-020000-manual-2" && p.Happened.Contains("did not come back", StringComparison.Ordinal));
    }

    [Fact]
    public void A_target_of_two_orders_goes_back_when_both_allow_it()
    {
        var (ana, ben) = (Given.Trip(_world, "a", "1", duration: TimeSpan.FromMinutes(10)), Given.Trip(_world, "a", "2") with { By = "ben" });
        _world.Hear(ana);
        _world.Hear(ben);
        Assert.StartsWith("is on its fallback already", Assert.Single(Answer.Targets).WillDo, StringComparison.Ordinal);
        var page = _world.Pages.Single(p => p.IncidentId == Answer.IncidentId);
        Assert.Equal("Tripped by hand: 1 workload on fallback already", page.Title);
        Assert.Equal("Nothing was changed in the cluster. 1 is on its fallback already for another incident, and goes back when both allow it.", page.Did);
        var first = _world.Of(ana).Id;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "the end of the first");
        Assert.True(IsAway("a"));
        var over = _world.Pages.Last(p => p.IncidentId == first);
        Assert.Equal(PageKind.Resolve, over.Kind);
        Assert.Contains("Another incident keeps 1 on the fallback", over.Did);
        Assert.DoesNotContain("as before", over.Next);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate, "3"));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.False(IsAway("a"));
    }

    [Fact]
    public void What_another_order_keeps_carries_that_ones_name_when_the_first_is_over()
    {
        var (ana, ben) = (Given.Trip(_world, "a", "1", duration: TimeSpan.FromMinutes(10)), Given.Trip(_world, "a", "2"));
        _world.Hear(ana, ben);
        var second = _world.Of(ben).Id;
        Assert.Null(_world["a"].Memory!.Until); // both must end
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "the end of the first");
        _world.Run();
        Assert.Equal(second, _world["a"].Annotations[Annotations.Incident]);
        Assert.Equal((second, (DateTimeOffset?)null), (_world["a"].Memory!.IncidentId, _world["a"].Memory!.Until));
        _world.Panel = Panel.Empty("test");
        _world.Pass(60);
        Assert.True(IsAway("a"));
        Assert.Equal(second, _world.TheIncident.Id);
    }

    [Fact]
    public void A_hold_of_one_order_holds_no_other()
    {
        _world.Hear(Given.Trip(_world, "a", "1") with { Hold = true }, Given.Trip(_world, "b", "2", duration: TimeSpan.FromMinutes(5)));
        _world.PassUntil(() => !IsAway("b"), "b's end");
        Assert.True(IsAway("a"));
        Assert.NotNull(_world.Panel.Incidents.Values.First(i => i.Members.ContainsKey(World.Id("a"))).Hold);
    }

    [Fact]
    public void One_that_is_ordered_away_while_it_goes_back_gets_what_the_new_order_says()
    {
        _world.Hear(Given.Trip(_world, "a", "1"));
        _world.Stuck = true; // KEDA takes its time
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate, "2"));
        Assert.Equal(Phase.HandingBack, _world.Panel.Targets[World.Id("a")].Phase);
        _world.Hear(Given.Trip(_world, "a", "3", FallbackAction.Freeze));
        Assert.Empty(_world["a"].Hpas);
        Assert.True(Pauses.IsOurs(_world["a"]));
        Assert.Equal(FallbackAction.Freeze, _world.Panel.Targets[World.Id("a")].Memory.Action);
        Assert.Equal(Answer.IncidentId, _world["a"].Annotations[Annotations.Incident]);
    }

    [Fact]
    public void A_reset_of_one_incident_gives_back_its_targets_and_no_others()
    {
        var (ana, ben) = (Given.Trip(_world, "a", "1"), Given.Trip(_world, null, "2") with { By = "ben" });
        _world.Hear(ana);
        _world.Hear(ben);
        _world.Hear(Given.ResetIncident(_world, _world.Of(ana).Id, ResetMode.Immediate));
        Assert.True(Answer.Accepted);
        var told = Assert.Single(Answer.Targets);
        Assert.StartsWith($"stays on its fallback until incident {_world.Of(ben).Id} allows it too", told.WillDo, StringComparison.Ordinal);
        Assert.Contains("1 of them stays on the fallback until another incident allows it too.", _world.Pages.Last(p => p.IncidentId == _world.Of(ana).Id).Happened);
        _world.Pass(30);
        Assert.Equal(_world.Of(ben).Id, _world.TheIncident.Id);
        Assert.All((string[])["a", "b", "c"], name => Assert.True(IsAway(name)));
        _world.Hear(Given.ResetIncident(_world, _world.Of(ben).Id, ResetMode.Gradual, "r5"));
        Assert.Equal(["a", "b", "c"], Answer.Targets.Select(t => t.Name));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void A_reset_of_an_incident_that_is_not_there_or_has_nothing_away_is_refused()
    {
        _world.Hear(Given.ResetIncident(_world, "20260101-000000-manual", ResetMode.Gradual, "1"));
        Assert.Equal((false, Reason.OrderRefusedUnknownIncident), (Answer.Accepted, Answer.Reason));
        _world.Hear(Given.Trip(_world, "a", "2"));
        var id = _world.TheIncident.Id;
        _world.Hear(Given.ResetIncident(_world, id, ResetMode.Immediate, "3"));
        _world.Hear(Given.ResetIncident(_world, id, ResetMode.Immediate, "4"));
        Assert.Equal((false, Reason.OrderRefusedNothingTripped), (Answer.Accepted, Answer.Reason));
        Assert.Contains($"nothing in incident {id} is on a fallback", Answer.Detail);
    }

    [Fact]
    public void A_reset_of_an_incident_ends_the_hold_that_was_for_all_of_it()
    {
        _world.Hear(Given.Trip(_world, "a", "1") with { Hold = true });
        _world.Hear(Given.ResetIncident(_world, _world.TheIncident.Id, ResetMode.Gradual, "2"));
        Assert.Null(_world.TheIncident.Hold);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void An_order_about_several_incidents_is_answered_with_the_next_step_of_each()
    {
        var (all, one) = (Given.Trip(_world, null, "1"), Given.Trip(_world, "a", "2"));
        _world.Hear(all);
        _world.Hear(Given.Reset(_world, null, ResetMode.Gradual, "3"));
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        _world.Hear(one);
        _world.Hear(Given.Reset(_world, null, ResetMode.Gradual, "4"));
        Assert.Contains($"{_world.Of(all).Id}: Watching the canary", Answer.Next);
        Assert.Contains($"{_world.Of(one).Id}: Verifying KEDA", Answer.Next);
    }

    [Fact]
    public void What_joins_an_incident_that_recovers_is_told_its_own_next_step()
    {
        _world.Policy = _world.Policy with { BlastRadiusPercent = 100 };
        foreach (var firing in new[] { true, false })
            _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing, "fa"), Given.Alert(_world, Cause.ScalerErrors, "b", firing, "fb"));
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "c", fingerprint: "fc", startsAt: _world.Now));
        var page = _world.Pages.Last(p => p.Title.Contains("1 more workload", StringComparison.Ordinal));
        Assert.StartsWith("sophia-mesh/c: Stays on the fallback while the evidence stands", page.Next, StringComparison.Ordinal);
        Assert.Contains("The others: Watching the canary", page.Next);
    }

    [Fact]
    public void A_repeated_requestId_gets_the_same_answer_also_when_others_were_given_since()
    {
        var order = Given.Trip(_world, "a", "1");
        _world.Hear(order);
        var first = Answer;
        _world.Hear(Given.Trip(_world, "a", "2"));
        _world.Hear(order);
        Assert.Equal(first, Answer);
        _world.Panel = _world.Panel with { Orders = _world.Panel.Orders.Clear() }; // so long ago that its answer was forgotten
        _world.Hear(order);
        Assert.Equal(first.IncidentId, Answer.IncidentId);
        Assert.Equal(2, _world.Panel.Incidents.Count);
    }

    [Fact]
    public void An_incident_of_the_version_before_with_several_orders_goes_on_until_each_has_ended()
    {
        var (ana, ben) = (Given.Trip(_world, "a", "1", duration: TimeSpan.FromMinutes(10)), Given.Trip(_world, "b", "2"));
        _world.Hear(ana, ben);
        var (one, other) = (_world.Of(ana), _world.Of(ben));
        var joined = one with { Evidence = one.Evidence.AddRange(other.Evidence), Members = one.Members.AddRange(other.Members) };
        _world.Panel = _world.Panel with
        {
            Incidents = _world.Panel.Incidents.Remove(other.Id).SetItem(one.Id, joined),
            Targets = _world.Panel.Targets.SetItem(World.Id("b"), _world.Panel.Targets[World.Id("b")] with { IncidentId = one.Id }),
        };
        _world.Pass(40);
        Assert.False(IsAway("a"));
        Assert.True(IsAway("b"));
        _world.Hear(Given.Trip(_world, "c", "3"));
        Assert.Equal(2, _world.Panel.Incidents.Count);
        _world.Hear(Given.ResetIncident(_world, one.Id, ResetMode.Immediate, "4"));
        _world.Pass(10);
        Assert.False(IsAway("b"));
        Assert.True(IsAway("c"));
    }
}
