namespace Sophia.Keda.Reactor.Core.Tests.Store;

/// <summary>The store has forgotten; what the cluster remembers, signed, is taken up again.</summary>
public sealed class AdoptingTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private void OperatorDies()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Targets.Values.Count(t => t.Phase == Phase.OnFallback) == 4, "a trip");
    }

    private void LoseTheStore() => _world.Panel = Panel.Empty("test");

    private string[] Kinds(PageKind kind) => [.. _world.Pages.Where(p => p.Kind == kind).Select(p => p.DedupKey)];

    [Fact]
    public void A_lost_incident_is_rebuilt_with_its_id_its_time_and_its_targets_and_begins_again_at_its_cooldown()
    {
        OperatorDies();
        var before = _world.TheIncident;
        _world.OperatorAlive = true;
        LoseTheStore();

        _world.Run();

        var rebuilt = _world.TheIncident;
        Assert.Equal((before.Id, before.Cause, before.OpenedAt, before.Why), (rebuilt.Id, rebuilt.Cause, rebuilt.OpenedAt, rebuilt.Why));
        Assert.Equal(Stage.Cooldown, rebuilt.Recovery.Stage);
        Assert.All(rebuilt.Members.Values, m => Assert.Equal((MemberState.Protected, "adopted from the marks in the cluster"), (m.State, m.Note)));
        Assert.Equal(4, _world.Panel.Targets.Count);
        Assert.All(_world.Panel.Targets.Values, t => Assert.Equal(Phase.OnFallback, t.Phase));
        var page = _world.Pages[^1];
        Assert.Equal((PageKind.Trigger, before.DedupKey), (page.Kind, page.DedupKey));
        Assert.Contains("does not know this incident", page.Happened);
        Assert.Contains("4 targets", page.Happened);
    }

    [Fact]
    public void It_writes_nothing_for_that_and_hands_everything_back_in_the_end()
    {
        OperatorDies();
        var dedup = _world.TheIncident.DedupKey;
        _world.OperatorAlive = true;
        LoseTheStore();
        var written = _world.Written.Count;
        _world.Run();
        Assert.Equal(written, _world.Written.Count);

        _world.PassUntil(() => _world.Panel is { Incidents.IsEmpty: true, Targets.IsEmpty: true }, "the end");

        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Keda, Assert.Single(v.Hpas).Owner));
        Assert.All(_world.Targets.Values, v => Assert.Empty(v.Annotations));
        Assert.Equal([dedup], Kinds(PageKind.Resolve));
    }

    [Fact]
    public void Evidence_that_still_stands_is_found_again_and_joins_the_rebuilt_incident()
    {
        OperatorDies();
        var id = _world.TheIncident.Id;
        LoseTheStore();

        _world.Pass(5);

        Assert.Equal((id, Stage.Tripped), (_world.TheIncident.Id, _world.TheIncident.Recovery.Stage));
        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Reactor, Assert.Single(v.Hpas).Owner));
    }

    [Fact]
    public void A_manual_trip_stays_until_its_end_or_a_reset()
    {
        _world.Run();
        _world.Hear(Given.Trip(_world, "a", duration: TimeSpan.FromMinutes(30)));
        _world.Hear(Given.Trip(_world, "b", "r2"));
        var until = _world.Now + TimeSpan.FromMinutes(30);
        LoseTheStore();

        _world.Pass(20);
        Assert.All(_world.Panel.Incidents.Values, i => Assert.Equal(Cause.Manual, i.Cause));
        Assert.Equal(["a", "b"], _world.Panel.Incidents.Values.Select(i => Assert.Single(i.Members.Keys).Name));
        Assert.Equal([until, null], _world.Panel.Incidents.Values.Select(i => Assert.Single(i.Evidence.Values).Until));

        _world.Pass(60);
        Assert.Equal(["b"], _world.Panel.Targets.Keys.Select(t => t.Name));
        _world.Hear(Given.Reset(_world, "b", ResetMode.Immediate));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void A_hold_is_noted_on_every_target_and_survives_and_its_release_is_noted_too()
    {
        OperatorDies();
        _world.OperatorAlive = true;
        var id = _world.TheIncident.Id;
        _world.Hear(Given.OnIncident(_world, id, IncidentOrderKind.Hold));
        Assert.All(_world.Targets.Values, v => Assert.Equal("waiting for the vendor", v.Memory!.Held!.Words));
        LoseTheStore();

        _world.Pass(60);
        Assert.Equal(("waiting for the vendor", Reason.HeldByHuman), (_world.TheIncident.Hold!.Words, _world.TheIncident.Hold.Reason));
        Assert.Equal(4, _world.Panel.Targets.Count);

        _world.Hear(Given.OnIncident(_world, id, IncidentOrderKind.Release, "r4"));
        Assert.All(_world.Targets.Values, v => Assert.Null(v.Memory!.Held));
        LoseTheStore();
        _world.Run();
        Assert.Null(_world.TheIncident.Hold);
        _world.PassUntil(() => _world.Panel is { Incidents.IsEmpty: true, Targets.IsEmpty: true }, "the end");
        Assert.All(_world.Targets.Values, v => Assert.Empty(v.Annotations));
    }

    [Fact]
    public void Failed_attempts_are_not_forgotten()
    {
        OperatorDies();
        _world.OperatorAlive = true;
        foreach (var view in _world.Targets.Values)
            _world.Sourceless.Add(view.Id.Name);
        _world.PassUntil(() => _world.TheIncident.Attempts == 2, "two failed recoveries");
        LoseTheStore();

        _world.Run();

        Assert.Equal(2, _world.TheIncident.Attempts);
    }

    [Fact]
    public void One_that_KEDA_has_taken_back_already_only_loses_its_last_marks()
    {
        OperatorDies();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "the canary");
        var canary = _world.TheIncident.Recovery.Batch[0].Name;
        var id = _world.TheIncident.Id;

        // As it stands between the last two writes of a hand-back.
        _world.Annotate(canary, Annotations.Incident, id);
        _world.Annotate(canary, Annotations.Memory, "signed");
        var kept = _world.Targets.Values.First(v => v.Memory is not null).Memory!;
        _world.Change(canary, v => v with { Memory = kept });
        LoseTheStore();
        var written = _world.Written.Count;

        _world.Run();

        var write = Assert.IsType<AnnotateScaledObject>(Assert.Single(_world.Written.Skip(written)));
        Assert.Equal([Annotations.Incident, Annotations.Memory], write.Annotations.Keys);
        Assert.Equal(MemberState.HandedBack, _world.TheIncident.Members[World.Id(canary)].State);
        Assert.Empty(_world[canary].Annotations);
    }

    [Fact]
    public void One_that_KEDA_has_not_taken_back_yet_returns_to_its_fallback_and_waits_for_its_wave()
    {
        OperatorDies();
        _world.Annotate("a", Annotations.Paused, null);
        LoseTheStore();

        _world.Run();

        Assert.Equal("true", _world["a"].Annotations[Annotations.Paused]);
        Assert.Equal(MemberState.Protected, _world.TheIncident.Members[World.Id("a")].State);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void Nothing_in_a_memory_can_ask_for_more_than_the_object_allows()
    {
        OperatorDies();
        _world.Change("a", v => v with
        {
            Max = 8,
            Min = 3,
            Memory = v.Memory! with
            {
                FallbackMin = 500, Floor = 900, CachedReplicas = 700, FixedReplicas = 1, Container = "no-such", PriorPaused = "true",
                FloorUntil = _world.Now.AddYears(1), TrippedAt = _world.Now.AddYears(1), OpenedAt = _world.Now.AddYears(1),
                Workload = new WorkloadRef("apps/v1", "Deployment", "somebody-elses"),
            },
        });
        LoseTheStore();

        _world.Run();

        var memory = _world.Panel.Targets[World.Id("a")].Memory;
        Assert.Equal((8, 8, 8, 3), (memory.FallbackMin, memory.Floor, memory.CachedReplicas, memory.FixedReplicas));
        Assert.Equal((3, 8), (memory.Min, memory.Max));
        Assert.Null(memory.Container);
        Assert.Null(memory.PriorPaused);
        Assert.Equal((_world.Now + _world.Policy.FloorPeriod, _world.Now), (memory.FloorUntil, memory.TrippedAt));
        Assert.Equal("a", memory.Workload.Name);
        Assert.True(_world.TheIncident.OpenedAt <= _world.Now);
        Assert.Equal((8, 8), (_world["a"].FallbackHpa!.Min, _world["a"].FallbackHpa!.Max));
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("with space")]
    [InlineData("")]
    public void A_memory_that_names_no_possible_incident_is_not_believed(string id)
    {
        OperatorDies();
        foreach (var name in new[] { "a", "b", "c", "d" })
            _world.Change(name, v => v with { Memory = v.Memory! with { IncidentId = id } });
        LoseTheStore();

        _world.Run();

        Assert.Empty(_world.Panel.Incidents);
        Assert.Contains("names no incident", Assert.Single(_world.Audit, a => a.Reason == Reason.MarksNotAdopted).Text);
    }

    [Fact]
    public void Marks_that_are_not_ours_are_told_once_left_alone_and_resolved_when_they_are_gone()
    {
        OperatorDies();
        _world.OperatorAlive = true;
        _world.Change("a", v => v with { Memory = null, MemoryProblem = "its signature is not ours" });
        _world.Change("b", v => v with { Memory = null });
        LoseTheStore();
        var (written, before) = (_world.Written.Count, (_world["a"], _world["b"]));

        _world.Pass(1);

        Assert.Equal(["c", "d"], _world.Panel.Targets.Keys.Select(t => t.Name));
        Assert.DoesNotContain(_world.Written.Skip(written), w => w.Target.Name is "a" or "b");
        Assert.Equal(before, (_world["a"], _world["b"]));
        var page = Assert.Single(_world.Pages, p => p.DedupKey.Contains("/marks/"));
        Assert.Contains("sophia-mesh/a: its signature is not ours; sophia-mesh/b: it carries no memory", page.Happened);
        Assert.Contains("kubectl annotate scaledobject", page.YouMay);

        foreach (var name in new[] { "a", "b" })
        {
            foreach (var key in _world[name].Annotations.Keys.ToList())
                _world.Annotate(name, key, null);
        }

        _world.Pass(1);
        Assert.Equal(PageKind.Resolve, Assert.Single(_world.Pages.Skip(_world.Pages.IndexOf(page) + 1), p => p.DedupKey == page.DedupKey).Kind);
    }

    [Fact]
    public void A_target_with_marks_that_are_not_ours_is_not_tripped_and_the_page_says_why()
    {
        OperatorDies();
        foreach (var name in new[] { "a", "b", "c", "d" })
            _world.Change(name, v => v with { Memory = null, MemoryProblem = "its signature is not ours" });
        LoseTheStore();

        _world.Pass(5);

        Assert.All(_world.TheIncident.Members.Values, m => Assert.Equal(Reason.TargetLeftAlonePausedByOthers, m.Reason));
        Assert.Contains("not to be believed: its signature is not ours", _world.TheIncident.Members[World.Id("a")].Note);
    }

    [Fact]
    public void Observe_only_adopts_nothing_and_says_so()
    {
        OperatorDies();
        LoseTheStore();
        _world.Policy = _world.Policy with { ObserveOnly = true };

        _world.Run();

        Assert.Empty(_world.Panel.Targets);
        Assert.Contains("observe-only: nothing is adopted", Assert.Single(_world.Audit, a => a.Reason == Reason.MarksNotAdopted).Text);
    }

    [Fact]
    public void Marks_are_adopted_only_from_an_object_that_was_read_again()
    {
        OperatorDies();
        var input = _world.Decisions[^1].Input;

        var decision = Decide.Run(input with { Panel = Panel.Empty("test"), Observation = input.Observation! with { ReadAgain = [World.Id("b")] } });

        Assert.Equal(["b"], decision.Panel.Targets.Keys.Select(t => t.Name));
    }

    [Fact]
    public void Marks_of_a_forgotten_incident_join_an_open_one_of_the_same_cause()
    {
        OperatorDies();
        var old = _world.TheIncident.Id;
        _world.Annotate("a", Annotations.Incident, null);
        _world.Annotate("a", Annotations.Memory, null);
        _world.Annotate("a", Annotations.Paused, null);
        LoseTheStore();
        _world.Panel = _world.Panel with
        {
            Incidents = _world.Panel.Incidents.Add("other", new Incident
            {
                Id = "other", Cluster = "test", Cause = Cause.OperatorUnhealthy, OpenedAt = _world.Now, Why = "seen by another instance", TripTold = true,
            }),
        };

        _world.Run();

        Assert.Equal("other", _world.TheIncident.Id);
        Assert.All(_world.Panel.Targets.Values, t => Assert.Equal(("other", "other"), (t.IncidentId, t.Memory.IncidentId)));
        Assert.Contains($"{old}, which goes on as other", Assert.Single(_world.Audit, a => a.Reason == Reason.MarksAdopted).Text);
        var over = Assert.Single(_world.Pages, page => page.DedupKey.EndsWith("/" + old, StringComparison.Ordinal) && page.Kind == PageKind.Resolve);
        Assert.Equal("Goes on as other", over.Title);
        Assert.DoesNotContain(_world.Pages.SkipWhile(page => page != over).Skip(1), page => page.DedupKey == over.DedupKey);
    }

    [Fact]
    public void Of_two_orders_for_one_target_the_longer_is_remembered()
    {
        _world.Run();
        _world.Hear(Given.Trip(_world, null, "first", duration: TimeSpan.FromMinutes(10)), Given.Trip(_world, "a", "second"));
        Assert.Null(_world["a"].Memory!.Until);
        Assert.Equal(_world.Now + TimeSpan.FromMinutes(10), _world["b"].Memory!.Until);
        LoseTheStore();

        _world.Pass(60);

        Assert.Equal(["a"], _world.Panel.Targets.Keys.Select(t => t.Name));
    }

    [Fact]
    public void Marks_that_can_not_be_read_again_just_now_are_no_news_of_them()
    {
        OperatorDies();
        foreach (var name in new[] { "a", "b", "c", "d" })
            _world.Change(name, v => v with { Memory = null, MemoryProblem = "its signature is not ours" });
        LoseTheStore();
        _world.Run();
        var input = _world.Decisions[^1].Input;
        Assert.Contains("marks", input.Panel.Notices.Keys.Concat(_world.Panel.Notices.Keys));

        var decision = Decide.Run(input with { Panel = _world.Panel, Observation = input.Observation! with { ReadAgain = [] } });

        Assert.Contains("marks", decision.Panel.Notices.Keys);
        Assert.Empty(decision.Pages);
    }

    [Fact]
    public void A_note_of_a_hold_that_is_refused_does_not_stand_before_what_protects_the_workload()
    {
        OperatorDies();
        _world.Refuses = write => write is AnnotateScaledObject { Annotations.IsEmpty: true } ? "forbidden" : null;
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold));
        _world.Change("a", v => v with { Hpas = v.Hpas.Add(World.KedaHpa("a", 4, _world.Now)) });

        _world.Pass(1);

        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Null(_world["a"].Memory!.Held);
    }
}
