using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>
/// One point of recovery or of human control. Canary and waves are watched for less time than the defaults say, so that the point comes soon.
/// </summary>
public abstract class ShortScenario : Scenario
{
    public override bool InAll => false;

    /// <summary>How long a wave is watched.</summary>
    protected virtual string Soak => "30s";

    public sealed override string Policy(DateTimeOffset start) => BasePolicy + $"""
          recovery_test_period: 1m
        recovery:
          wave_soak: {Soak}
          first_wait: 1m
          wait_jitter_percent: 0
        {More(start)}
        """;

    /// <summary>What follows under <c>recovery:</c>, two spaces indented, and further sections.</summary>
    protected virtual string More(DateTimeOffset start) => "";

    /// <summary>A target that nobody else owns and that has some room to scale.</summary>
    protected static TargetState OneTarget(StoryRun story, StoryRandom random) => random.One(story.Rig.Look().Targets
        .Where(t => !story.Rig.Untouchable.Contains(NameOf(t)) && t.Max - t.Min >= 5 && !t.Name.Contains("batch"))
        .ToList());

    protected static string NameOf(TargetState target) => $"{target.Namespace}/{target.Name}";

    protected void Operator(StoryRun story, OperatorState state, string what)
    {
        story.Rig.Kubernetes.Change(c => c.Faults.SetOperator(state));
        story.Mark(what, Name);
    }

    /// <summary>Kills the operator and waits until every workload is on its fallback.</summary>
    protected async Task OperatorDiesAsync(StoryRun story)
    {
        Operator(story, OperatorState.Dead, "KEDA's operator is killed");
        await TripAsync(story, Cause.OperatorUnhealthy);
    }

    protected async Task TripAsync(StoryRun story, Cause cause)
    {
        await story.WaitAsync("the fallback to be in place", TimeSpan.FromMinutes(15), p => p.Incidents.Values.Any(i => i.Cause == cause && i.FallbackInPlaceAt is not null));
        story.Mark("detected, and on the fallback", Name);
    }

    protected async Task ClosesAsync(StoryRun story)
    {
        await story.WaitAsync("the incident to close", TimeSpan.FromHours(2), p => p.Incidents.IsEmpty && p.Targets.IsEmpty);
        story.Mark("the incident is closed", Name);
        await story.PagesArriveAsync();
    }
}
