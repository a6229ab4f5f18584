using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>One target's trigger source goes away, in one of the two ways that were measured, and comes back some minutes later.</summary>
public sealed class ScalerErrors : Scenario
{
    public override string Name => "scaler-errors";

    public override string About => "one target's trigger source goes away: trip of that target alone, pages, it is back, handed back";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        await story.PassAsync(random.Between(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(90)), "all is well");
        var candidates = story.Rig.Look().Targets
            .Where(t => !story.Rig.Untouchable.Contains($"{t.Namespace}/{t.Name}") && t.Max - t.Min >= 5 && !t.Name.Contains("batch"))
            .ToList();
        var target = random.One(candidates);
        var how = random.One([TriggerFailure.Redis, TriggerFailure.Prometheus]);
        story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(target.Namespace, target.Name, how));
        story.Mark($"the trigger source of {target.Namespace}/{target.Name} {(how == TriggerFailure.Redis ? "can't be reached" : "answers with errors")}", Name);

        await story.WaitAsync("the breaker to trip", TimeSpan.FromMinutes(10), p => p.OpenIncident(Cause.ScalerErrors) is not null);
        story.Mark("detected: an incident is open", Name);
        await story.WaitAsync("the workload to be on its fallback", TimeSpan.FromMinutes(10), p => p.OpenIncident(Cause.ScalerErrors)?.FallbackInPlaceAt is not null);
        story.Mark("the workload is on its fallback", Name);

        await story.PassAsync(random.Between(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(40)), "somebody mends the source");
        story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(target.Namespace, target.Name, TriggerFailure.None));
        story.Mark("the source is back", Name);
        await Closing.WatchAsync(story, Name, Cause.ScalerErrors);
    }
}
