using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Purity;

/// <summary>Every member of every enum and every subtype of every record reaches a real arm: no default arm throws.</summary>
public sealed class EverySwitchTests
{
    private readonly World _world = new("a");

    public static TheoryData<Cause> Causes => [.. Enum.GetValues<Cause>()];

    [Theory]
    [MemberData(nameof(Causes))]
    public void Every_cause_has_a_slug_a_title_a_scope_and_a_way_through_the_loop(Cause cause)
    {
        Assert.NotEmpty(Core.Causes.Slug(cause));
        Assert.NotEmpty(IncidentPages.Title(cause));
        Assert.True(Enum.IsDefined(Core.Causes.ScopeOf(cause)));
        _world.Run();
        _world.Policy = _world.Policy with { AlertNames = _world.Policy.AlertNames.SetItem("Any", cause) };
        _world.Hear(Given.Alert(_world, cause, "a"));
        Assert.True(_world.Verdicts[^1].Accepted);
    }

    [Fact]
    public void Slugs_and_titles_are_told_apart()
    {
        Assert.Distinct(Enum.GetValues<Cause>().Select(Core.Causes.Slug));
        Assert.Distinct(Enum.GetValues<Cause>().Select(IncidentPages.Title));
    }

    [Fact]
    public void Every_kind_of_signal_is_decided()
    {
        var made = new Signal[]
        {
            Given.Alert(_world, Cause.Oscillation, "a"), Given.Trip(_world, "a"), Given.Reset(_world, "a", ResetMode.Gradual), Given.OnIncident(_world, "x", IncidentOrderKind.Hold),
            Given.Maintenance(_world, TimeSpan.FromMinutes(5)), Given.EndOfMaintenance(_world, "x"), Given.KillSwitch(_world, stop: true), Given.ResetIncident(_world, "x", ResetMode.Gradual),
        };
        Assert.Equal(Subtypes(typeof(Signal)), made.Select(s => s.GetType().Name).Order(StringComparer.Ordinal));
        _world.Hear(made);
        Assert.Equal(made.Select(s => s.Key).Order(StringComparer.Ordinal), _world.Verdicts.Select(v => v.Key).Order(StringComparer.Ordinal));
    }

    public static TheoryData<Outcome> Outcomes => [.. Enum.GetValues<Outcome>()];

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Every_outcome_of_every_kind_of_write_is_noted(Outcome outcome)
    {
        var id = World.Id("a");
        var workload = new WorkloadRef("apps/v1", "Deployment", "a");
        var empty = ImmutableSortedDictionary<string, string?>.Empty;
        var writes = new ClusterWrite[]
        {
            new AnnotateScaledObject { Target = id, Purpose = "p", Uid = "u", ResourceVersion = "1", Annotations = empty.Add("k", null), DecidedOn = empty },
            new ApplyFallbackHpa { Target = id, Purpose = "p", Hpa = new() { Name = "h", Workload = workload, Min = 1, Max = 2, CpuUtilization = 60, OwnerUid = "u", IncidentId = "i" } },
            new DeleteHpa { Target = id, Purpose = "p", Name = "h", Uid = "u", Owner = HpaOwner.Keda },
            new ScaleWorkload { Target = id, Purpose = "p", Workload = workload, Replicas = 3, From = 1, Because = Reason.RaisedToFloor },
        };
        Assert.Equal(Subtypes(typeof(ClusterWrite)), writes.Select(w => w.GetType().Name).Order(StringComparer.Ordinal));
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        foreach (var write in writes)
        {
            var decision = Decide.Record(_world.Panel, [new WriteOutcome { Write = write, Outcome = outcome, At = _world.Now, Detail = "words" }], _world.Policy, _world.Now);
            Assert.Equal(outcome == Outcome.Skipped ? 0 : 1, decision.Audit.Count(a => a.Kind == AuditKind.Write));
        }
    }

    public static TheoryData<Stage> Stages => [.. Enum.GetValues<Stage>()];

    [Theory]
    [MemberData(nameof(Stages))]
    public void Every_stage_advances_and_has_a_next_step_in_words(Stage stage)
    {
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        var incident = _world.TheIncident with { Recovery = new Recovery { Stage = stage, Since = _world.Now, Batch = [World.Id("a")], BatchBackAt = stage == Stage.Wave ? _world.Now : null } };
        Assert.NotEmpty(NextStep.Of(_world.Panel, incident, _world.Policy, _world.Now).Words);
        var input = _world.Decisions[^1].Input with { Panel = _world.Panel with { Incidents = _world.Panel.Incidents.SetItem(incident.Id, incident) }, Signals = [] };
        Assert.Equal(_world.Panel.Cluster, Decide.Run(input).Panel.Cluster);
    }

    [Theory]
    [InlineData(FallbackAction.Cpu)]
    [InlineData(FallbackAction.Freeze)]
    [InlineData(FallbackAction.Replicas)]
    public void Every_action_is_described(FallbackAction action)
    {
        Assert.Equal(3, Enum.GetValues<FallbackAction>().Length);
        _world.Run();
        _world.Hear(Given.Trip(_world, "a", action: action) with { Replicas = 5 });
        Assert.NotEmpty(Plan.Describe(_world.Panel.Targets[World.Id("a")], _world.Policy, _world.Now));
    }

    [Fact]
    public void Every_scope_covers_what_it_says()
    {
        var id = new TargetId("n", "x");
        Assert.All(Enum.GetValues<Scope>(), scope => Assert.True(new Selection(scope, "n", "x").Covers(id)));
        Assert.False(new Selection(Scope.Target, "n", "y").Covers(id));
        Assert.False(new Selection(Scope.Namespace, "m", null).Covers(id));
        Assert.All(Enum.GetValues<Scope>(), scope => Assert.NotEmpty(new Selection(scope, "n", "x").ToString()));
    }

    private static IEnumerable<string> Subtypes(Type record) =>
        record.Assembly.GetTypes().Where(t => record.IsAssignableFrom(t) && !t.IsAbstract).Select(t => t.Name).Order(StringComparer.Ordinal);
}
