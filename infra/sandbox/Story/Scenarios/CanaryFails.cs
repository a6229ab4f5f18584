using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>The source stays away: on the fallback nothing shows it, so the canary finds out. It is put back, and the next try waits twice as long.</summary>
public sealed class CanaryFails : ShortScenario
{
    public override string Name => "canary-fails";

    public override string About => "the source is still away: the canary is put back twice, each wait doubled; then it is back, and so is the target";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var target = OneTarget(story, random);
        story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(target.Namespace, target.Name, TriggerFailure.Redis));
        story.Mark($"the trigger source of {NameOf(target)} can't be reached", Name);
        await TripAsync(story, Cause.ScalerErrors);

        var waits = new List<TimeSpan>();
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var failed = attempt;
            await story.WaitAsync($"failed attempt {attempt}", TimeSpan.FromMinutes(30), p =>
            {
                if (p.OpenIncident(Cause.ScalerErrors) is not { } incident || incident.Attempts < failed)
                    return false;
                waits.Add(incident.Recovery.NotBefore!.Value - incident.Recovery.Since!.Value);
                return true;
            });
            story.Mark($"attempt {attempt} failed: the canary is back on its fallback, the next try in {Words.Span(waits[^1])}", Name);
        }

        await story.WhyAsync(target);
        story.Check("the second wait is twice the first", waits[1] == waits[0] * 2);
        await story.PagesArriveAsync();
        story.Check("people were told of each failure", story.Pages("slack").Count(t => t.Contains("Recovery failed")) == 2);
        story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(target.Namespace, target.Name, TriggerFailure.None));
        story.Mark("the source is back", Name);
        await ClosesAsync(story);
    }
}
