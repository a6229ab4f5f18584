using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Store;

/// <summary>A manifest of an incident's time is applied again when that is over: its marks are no loss of the store.</summary>
public sealed class ReplayTests
{
    private readonly World _world = new("a", "b", "c", "d");
    private readonly Dictionary<string, TargetView> _manifests = [];

    private string TripAndClose(params string[] names)
    {
        _world.Run();
        foreach (var name in names)
            _world.Hear(Given.Trip(_world, name, $"trip-{name}-{_world.Now:HHmmss}"));
        _world.Pass(1);
        var id = _world.TheIncident.Id;
        foreach (var name in names)
            _manifests[name] = _world[name];
        _world.Hear(Given.Reset(_world, null, ResetMode.Immediate, $"reset-{_world.Now:HHmmss}"));
        _world.PassUntil(() => _world.Panel is { Incidents.IsEmpty: true, Targets.IsEmpty: true }, "the end");
        _world.Pass(1);
        return id;
    }

    /// <summary>What <c>kubectl apply</c> of the manifest does: annotations and nothing else.</summary>
    private void PutBack(string name)
    {
        foreach (var (key, value) in _manifests[name].Annotations)
            _world.Annotate(name, key, value);
        _world.Change(name, v => v with { Memory = _manifests[name].Memory });
    }

    private Page[] Replayed() => [.. _world.Pages.Where(p => p.DedupKey.Contains("/replayed-marks/"))];

    [Fact]
    public void Marks_of_a_closed_incident_that_an_old_manifest_brings_back_are_told_and_not_acted_on()
    {
        var id = TripAndClose("a");
        var (written, pages) = (_world.Written.Count, _world.Pages.Count);
        PutBack("a");

        _world.Pass(5);

        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Panel.Targets);
        Assert.Equal(written, _world.Written.Count);
        Assert.DoesNotContain(_world.Audit, a => a.Reason is Reason.IncidentRebuilt or Reason.MarksAdopted);
        Assert.Single(_world.Audit, a => a.Reason == Reason.MarksReplayed && a.IncidentId == id);
        var page = Assert.Single(_world.Pages.Skip(pages));
        Assert.Equal((PageKind.Trigger, Severity.Error), (page.Kind, page.Severity));
        Assert.Contains("Nobody scales 1 target", page.Title);
        Assert.Contains("sophia-mesh/a", page.Happened);
        Assert.Contains(id, page.Happened);
        Assert.Contains("POST /api/breakers/reset", page.YouMay);
        Assert.Empty(_world["a"].Hpas);
    }

    [Theory]
    [InlineData(ResetMode.Immediate, Scope.Target)]
    [InlineData(ResetMode.Gradual, Scope.Namespace)]
    [InlineData(ResetMode.Immediate, Scope.Cluster)]
    public void A_reset_takes_marks_and_pause_away_and_the_page_is_resolved(ResetMode mode, Scope scope)
    {
        TripAndClose("a", "b");
        PutBack("a");
        _world.Pass(1);
        var written = _world.Written.Count;

        _world.Hear(Given.Reset(_world, "a", mode, "r9") with { Selection = new Selection(scope, "sophia-mesh", "a") });
        _world.Pass(2);

        Assert.True(_world.Verdicts[^1].Accepted, _world.Verdicts[^1].Because);
        Assert.Contains("KEDA makes its HPA again", _world.Verdicts[^1].Answer!.Next);
        Assert.All(_world.Written.Skip(written), w => Assert.Equal(World.Id("a"), w.Target));
        Assert.Empty(_world["a"].Annotations);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Equal([PageKind.Trigger, PageKind.Resolve], Replayed().Select(p => p.Kind));
        Assert.Empty(_world.Panel.Targets);
        Assert.Empty(_world.Panel.Replayed);
    }

    [Fact]
    public void A_reset_of_another_target_takes_nothing_from_it()
    {
        TripAndClose("a");
        PutBack("a");
        _world.Pass(1);

        _world.Hear(Given.Reset(_world, "b", ResetMode.Immediate, "r9"));

        Assert.Equal(Reason.OrderRefusedNothingTripped, _world.Verdicts[^1].Reason);
        Assert.NotEmpty(_world["a"].Annotations);
    }

    [Fact]
    public void Marks_that_are_not_signed_by_us_are_not_taken_away_by_a_reset()
    {
        TripAndClose("a");
        PutBack("a");
        _world.Change("a", v => v with { Memory = null, MemoryProblem = "its signature is not ours" });
        _world.Pass(1);

        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate, "r9"));

        Assert.Equal(Reason.OrderRefusedNothingTripped, _world.Verdicts[^1].Reason);
        Assert.NotEmpty(_world["a"].Annotations);
        Assert.Empty(Replayed());
        Assert.Single(_world.Pages, p => p.DedupKey.Contains("/marks/"));
    }

    [Fact]
    public void More_of_them_later_are_told_under_the_same_page()
    {
        TripAndClose("a", "b");
        PutBack("a");
        _world.Pass(2);
        PutBack("b");

        _world.Pass(2);

        Assert.Equal([PageKind.Trigger, PageKind.Update], Replayed().Select(p => p.Kind));
        Assert.Single(Replayed().Select(p => p.DedupKey).Distinct());
        Assert.Contains("2 targets", Replayed()[^1].Title);
    }

    [Fact]
    public void Marks_of_an_open_incident_on_a_target_that_was_handed_back_already_are_no_loss_either()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Targets.Values.Count(t => t.Phase == Phase.OnFallback) == 4, "a trip");
        foreach (var name in (string[])["a", "b", "c", "d"])
            _manifests[name] = _world[name];
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary that is back");
        var canary = _world.TheIncident.Recovery.Batch[0];
        PutBack(canary.Name);

        _world.Run();

        Assert.DoesNotContain(canary, _world.Panel.Targets.Keys);
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.MarksAdopted);
        Assert.Contains(canary.ToString(), Assert.Single(Replayed()).Happened);
    }

    [Fact]
    public void Marks_of_an_old_incident_on_a_target_that_another_one_holds_are_written_over_with_this_ones()
    {
        var old = TripAndClose("a");
        _world.Hear(Given.Trip(_world, "a", "second"));
        _world.Pass(1);
        var now = _world.TheIncident.Id;
        PutBack("a");
        Assert.Equal(old, _world["a"].Memory!.IncidentId);

        _world.Pass(1);

        Assert.Equal((now, now), (_world["a"].Memory!.IncidentId, _world["a"].Annotations[Annotations.Incident]));
        Assert.Equal(now, _world.TheIncident.Id);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Empty(Replayed());
    }

    [Fact]
    public void Marks_of_an_old_incident_beside_an_open_one_of_the_same_cause_join_nothing()
    {
        TripAndClose("a");
        _world.Hear(Given.Trip(_world, "b", "second"));
        PutBack("a");

        _world.Pass(2);

        Assert.Equal([World.Id("b")], _world.TheIncident.Members.Keys);
        Assert.Equal([World.Id("b")], _world.Panel.Targets.Keys);
        Assert.Single(Replayed());
    }

    [Fact]
    public void While_KEDA_is_down_it_is_left_alone_with_the_true_reason_and_after_a_reset_it_gets_its_fallback()
    {
        var id = TripAndClose("a");
        PutBack("a");
        _world.Pass(1);
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Contains($"old marks of {id}", _world.TheIncident.Members[World.Id("a")].Note);

        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate, "r9"));
        _world.Pass(2);

        Assert.Equal(MemberState.Protected, _world.TheIncident.Members[World.Id("a")].State);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void Without_its_pause_it_is_noted_and_nobody_is_paged()
    {
        TripAndClose("a");
        PutBack("a");
        _world.Annotate("a", Annotations.Paused, null);

        _world.Pass(2);

        Assert.Empty(Replayed());
        Assert.Single(_world.Audit, a => a.Reason == Reason.MarksReplayed);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate, "r9"));
        _world.Pass(1);
        Assert.Empty(_world["a"].Annotations);
    }

    [Fact]
    public void Gone_by_anothers_hand_the_page_is_resolved()
    {
        TripAndClose("a");
        PutBack("a");
        _world.Pass(1);
        foreach (var key in _world["a"].Annotations.Keys.ToList())
            _world.Annotate("a", key, null);
        _world.Change("a", v => v with { Memory = null });

        _world.Pass(1);

        Assert.Equal([PageKind.Trigger, PageKind.Resolve], Replayed().Select(p => p.Kind));
        Assert.Empty(_world.Panel.Replayed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_the_panels_memory_has_ended_what_the_store_knows_decides(bool byIncident)
    {
        var id = TripAndClose("a");
        PutBack("a");
        var over = _world.Now;
        _world.Panel = Panel.Empty("test");
        _world.Past = byIncident
            ? new Past { Closed = ImmutableDictionary<string, DateTimeOffset>.Empty.Add(id, over) }
            : new Past { HandedBack = ImmutableDictionary<TargetId, DateTimeOffset>.Empty.Add(World.Id("a"), over) };

        _world.Run();

        Assert.Empty(_world.Panel.Incidents);
        Assert.Single(Replayed());
    }

    [Fact]
    public void Marks_of_a_trip_after_the_last_hand_back_are_a_loss_of_the_store_and_are_adopted()
    {
        TripAndClose("a");
        var before = _world.Panel;
        _world.Pass(1);
        _world.Hear(Given.Trip(_world, "a", "second"));
        var id = _world.TheIncident.Id;
        _world.Panel = before;

        _world.Run();

        Assert.Equal(id, _world.TheIncident.Id);
        Assert.Empty(Replayed());
        Assert.Contains(_world.Audit, a => a.Reason == Reason.MarksAdopted);
    }

    [Fact]
    public void When_panel_and_trail_are_both_lost_old_marks_can_not_be_told_from_a_loss_and_are_adopted()
    {
        var id = TripAndClose("a");
        PutBack("a");
        _world.Panel = Panel.Empty("test");

        _world.Run();

        Assert.Equal(id, _world.TheIncident.Id);
    }

    [Fact]
    public void What_it_says_of_itself_names_the_old_marks_before_the_reset_and_the_way_back_after_it()
    {
        var id = TripAndClose("a");
        PutBack("a");
        _world.Pass(1);
        var seen = _world.Decisions[^1].Input.Observation!;
        Assert.Contains($"old marks of {id}", Breakers.One(_world.Panel, seen, _world.Policy, World.Id("a"))!.Next);

        _world.Stuck = true;
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate, "r9"));
        seen = _world.Decisions[^1].Input.Observation!;
        var view = Breakers.One(_world.Panel, seen, _world.Policy, World.Id("a"))!;
        Assert.Equal(BreakerState.Testing, view.State);
        Assert.Contains("its HPA is waited for", view.Next);
        Assert.NotNull(Explain.Of(_world.Panel, seen, _world.Policy, World.Id("a"), _world.Now));
    }

    [Fact]
    public void Observe_only_tells_of_them_and_takes_nothing_away()
    {
        TripAndClose("a");
        PutBack("a");
        _world.Policy = _world.Policy with { ObserveOnly = true };
        _world.Pass(1);
        Assert.Single(Replayed());

        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate, "r9"));

        Assert.False(_world.Verdicts[^1].Accepted);
        Assert.Contains("kubectl annotate", _world.Verdicts[^1].Because);
        Assert.NotEmpty(_world["a"].Annotations);
    }

    [Fact]
    public void One_that_can_not_be_read_for_a_while_is_not_told_as_over()
    {
        TripAndClose("a");
        PutBack("a");
        _world.Pass(1);
        _world.Unreadable["a"] = "its cpu is no text";
        _world.Pass(2);
        _world.Unreadable.Clear();

        _world.Pass(1);

        Assert.Equal(PageKind.Trigger, Assert.Single(Replayed()).Kind);
        Assert.Single(_world.Audit, a => a.Reason == Reason.MarksReplayed);
    }
}
