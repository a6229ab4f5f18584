using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Store;

/// <summary>What holds when the store and this process' own memory say different things.</summary>
public sealed class ContinuityTests
{
    private static readonly DateTimeOffset Now = World.Start;
    private static readonly Panel Stored = Panel.Empty("test") with { LastProbeAt = Now.AddMinutes(-1) };
    private static readonly Panel Mine = Panel.Empty("test") with { LastProbeAt = Now };
    private static readonly Page News = new()
    {
        Id = "p#1", Kind = PageKind.Trigger, DedupKey = "p", Cluster = "test", Severity = Severity.Error, At = Now, Title = "t", Happened = "h",
    };

    private static OwnMemory Memory(bool ahead = false, string chain = "one", long revision = 7, Panel? panel = null, params AuditRecord[] audit) => new()
    {
        Chain = chain, Revision = revision, Panel = panel ?? Mine, Ahead = ahead, Pages = [News], Audit = [.. audit],
    };

    private static AuditRecord Did(string text, Reason reason = Reason.WriteDone, string? incident = null) => new()
    {
        At = Now, Kind = AuditKind.Write, Reason = reason, Actor = "reactor", Text = text, IncidentId = incident,
    };

    private static Reason[] Reasons(Continued continued) => [.. continued.Audit.Select(a => a.Reason)];

    [Fact]
    public void A_new_process_takes_what_is_stored()
    {
        var continued = Continuity.Of(Stored, 7, "one", null, Now);

        Assert.Equal((Stored, false, 0, 0), (continued.Panel, continued.NewChain, continued.Pages.Length, continued.Audit.Length));
    }

    [Fact]
    public void An_empty_store_begins_its_trail_by_saying_that_anything_before_is_lost()
    {
        var continued = Continuity.Of(Panel.Empty("test"), 0, "one", null, Now);

        Assert.Equal([Reason.TrailBegun], Reasons(continued));
        Assert.False(continued.NewChain);
    }

    [Theory]
    [InlineData("one", 7)]
    [InlineData("one", 8)]
    [InlineData("two", 3)]
    public void What_others_saved_since_holds(string chain, long revision)
    {
        var continued = Continuity.Of(Stored, revision, chain, Memory(), Now);

        Assert.Equal((Stored, false, 0, 0), (continued.Panel, continued.NewChain, continued.Pages.Length, continued.Audit.Length));
    }

    [Theory]
    [InlineData("one", 6, Reason.StoreRolledBack, "from revision 7 to 6")]
    [InlineData("one", 0, Reason.StoreRolledBack, "from revision 7 to 0")]
    [InlineData("two", 0, Reason.StoreLost, "held revision 7 and holds nothing now")]
    public void A_store_that_knows_less_is_mended_from_memory_and_a_new_chain_names_the_loss(string chain, long revision, Reason reason, string words)
    {
        var continued = Continuity.Of(Stored, revision, chain, Memory(audit: Did("done without it")), Now);

        Assert.Equal((Mine, true), (continued.Panel, continued.NewChain));
        Assert.Same(News, Assert.Single(continued.Pages));
        Assert.Equal([reason, Reason.WriteDone], Reasons(continued));
        Assert.Contains(words, continued.Audit[0].Text);
        Assert.Equal(("7", $"{revision}", "one"), (continued.Audit[0].Facts["lost"], continued.Audit[0].Facts["found"], continued.Audit[0].Facts["chain"]));
    }

    [Fact]
    public void A_store_that_comes_back_unchanged_takes_up_what_was_done_without_it()
    {
        var continued = Continuity.Of(Stored, 7, "one", Memory(ahead: true, audit: Did("paused it")), Now);

        Assert.Equal((Mine, false), (continued.Panel, continued.NewChain));
        Assert.Same(News, Assert.Single(continued.Pages));
        Assert.Equal([Reason.StoreBack, Reason.WriteDone], Reasons(continued));
    }

    private static Incident Open(string id, Cause cause = Cause.OperatorUnhealthy) => new()
    {
        Id = id, Cluster = "test", Cause = cause, OpenedAt = Now, Why = "seen", Pages = 2,
    };

    private static TrippedTarget Tripped(string name, string incident) => new()
    {
        Id = World.Id(name), Uid = name, IncidentId = incident, Phase = Phase.OnFallback, Since = Now,
        Memory = new TargetMemory
        {
            IncidentId = incident, Cause = Cause.OperatorUnhealthy, TrippedAt = Now, Action = FallbackAction.Cpu, Workload = new WorkloadRef("apps/v1", "Deployment", name),
            Min = 1, Max = 2, CachedReplicas = 1, FallbackMin = 1, Floor = 1, FloorUntil = Now,
        },
    };

    private static Panel With(Panel panel, Incident incident, params string[] targets) => panel with
    {
        Incidents = panel.Incidents.Add(incident.Id, incident),
        Targets = panel.Targets.AddRange(targets.Select(t => KeyValuePair.Create(World.Id(t), Tripped(t, incident.Id)))),
    };

    [Theory]
    [InlineData("one", 9)]
    [InlineData("two", 3)]
    [InlineData("one", 7, "")]
    public void What_was_opened_meanwhile_is_added_to_what_others_saved(string chain, long revision, string known = "one")
    {
        var mine = With(With(Mine, Open("old"), "x"), Open("new", Cause.MetricsServerUnavailable), "a", "b");
        var stored = Stored with { Targets = Stored.Targets.Add(World.Id("b"), Tripped("b", "theirs")) };

        var continued = Continuity.Of(stored, revision, chain, Memory(true, known, panel: mine, audit: Did("", Reason.IncidentOpened, "new")), Now);

        Assert.Equal(["new"], continued.Panel.Incidents.Keys);
        Assert.Equal([("a", "new"), ("b", "theirs")], continued.Panel.Targets.Select(t => (t.Key.Name, t.Value.IncidentId)));
        Assert.Equal(Stored.LastProbeAt, continued.Panel.LastProbeAt);
        Assert.Equal([Reason.StoreBack, Reason.IncidentOpened], Reasons(continued));
        Assert.Same(News, Assert.Single(continued.Pages));
    }

    [Fact]
    public void What_was_opened_meanwhile_goes_on_as_what_others_opened_for_the_same_cause_and_its_page_is_resolved()
    {
        var mine = With(Mine, Open("mine"), "a");
        var stored = With(Stored, Open("theirs"));

        var continued = Continuity.Of(stored, 9, "one", Memory(ahead: true, panel: mine, audit: Did("", Reason.IncidentOpened, "mine")), Now);

        Assert.Equal(["theirs"], continued.Panel.Incidents.Keys);
        Assert.Empty(continued.Panel.Targets);
        var over = continued.Pages[^1];
        Assert.Equal((PageKind.Resolve, "sophia-keda-reactor/test/mine", "sophia-keda-reactor/test/mine#3"), (over.Kind, over.DedupKey, over.Id));
        Assert.Contains("theirs", over.Title);
    }

    [Fact]
    public void A_store_that_was_down_from_our_start_on_and_is_empty_begins_its_trail_before_ours()
    {
        var continued = Continuity.Of(Panel.Empty("test"), 0, "one", Memory(true, chain: "", revision: 0, audit: Did("")), Now);

        Assert.Equal([Reason.TrailBegun, Reason.StoreBack, Reason.WriteDone], Reasons(continued));
        Assert.False(continued.NewChain);
    }

    [Fact]
    public void What_was_rebuilt_meanwhile_and_was_closed_long_before_is_dropped_and_its_page_is_resolved()
    {
        var mine = With(Mine, Open("old"), "a");
        var memory = Memory(true, chain: "", revision: 0, panel: mine, audit: Did("", Reason.IncidentRebuilt, "old"));
        Assert.Equal(["old"], Continuity.RebuiltAlone(Stored, memory));
        Assert.Empty(Continuity.RebuiltAlone(With(Stored, Open("old")), memory));

        var continued = Continuity.Of(Stored, 9, "one", memory, Now, ImmutableHashSet.Create("old"));

        Assert.Empty(continued.Panel.Incidents);
        Assert.Empty(continued.Panel.Targets);
        Assert.Equal((PageKind.Resolve, "sophia-keda-reactor/test/old", "sophia-keda-reactor/test/old#3"), (continued.Pages[^1].Kind, continued.Pages[^1].DedupKey, continued.Pages[^1].Id));
        Assert.Contains("closed before", continued.Pages[^1].Happened);
    }
}
