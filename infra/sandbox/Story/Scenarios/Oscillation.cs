using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>A queue fills and empties at every HPA sync: one target goes back and forth four times a minute, until somebody mends it.</summary>
public sealed class Oscillation : Scenario
{
    public override string Name => "oscillation";

    public override string About => "one target goes back and forth: trip of that target alone, pages, the queue calms down, handed back";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        await story.PassAsync(random.Between(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(90)), "all is well");
        var snapshot = story.Rig.Look();
        var candidates = snapshot.Targets
            .Where(t => !story.Rig.Untouchable.Contains($"{t.Namespace}/{t.Name}") && t.Max - t.Min >= 5 && !t.Name.Contains("batch"))
            .ToList();
        var target = random.One(candidates);
        story.Rig.Kubernetes.Change(c => c.Faults.SetOscillating(target.Namespace, target.Name, true));
        story.Mark($"{target.Namespace}/{target.Name} begins to go back and forth", Name);

        await story.WaitAsync("the breaker to trip", TimeSpan.FromMinutes(10), p => p.OpenIncident(Cause.Oscillation) is not null);
        story.Mark("detected: an incident is open", Name);
        await story.WaitAsync("the workload to be on its fallback", TimeSpan.FromMinutes(10), p => p.OpenIncident(Cause.Oscillation)?.FallbackInPlaceAt is not null);
        story.Mark("the workload is on its fallback", Name);

        await story.PassAsync(random.Between(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(40)), "somebody mends the trigger");
        story.Rig.Kubernetes.Change(c => c.Faults.SetOscillating(target.Namespace, target.Name, false));
        story.Mark("the trigger is mended", Name);
        await Closing.WatchAsync(story, Name, Cause.Oscillation);
    }
}
