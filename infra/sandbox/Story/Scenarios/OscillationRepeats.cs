using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>The same target goes back and forth a third time: what no waiting mends is held for a human, with the numbers that were seen.</summary>
public sealed class OscillationRepeats : ShortScenario
{
    public override string Name => "oscillation-repeats";

    public override string About => "the third trip of one target for oscillation is held for a human, with the numbers seen; a release by HTTP lets it go on";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var target = OneTarget(story, random);
        for (var time = 1; time <= 3; time++)
        {
            story.Rig.Kubernetes.Change(c => c.Faults.SetOscillating(target.Namespace, target.Name, true));
            story.Mark($"{NameOf(target)} goes back and forth, time {time}", Name);
            await TripAsync(story, Cause.Oscillation);
            story.Rig.Kubernetes.Change(c => c.Faults.SetOscillating(target.Namespace, target.Name, false));
            if (time < 3)
                await ClosesAsync(story);
        }

        var incident = (await story.Rig.PanelAsync()).OpenIncident(Cause.Oscillation)!;
        story.Check("the third trip is held with the numbers seen", incident.Hold?.Words.Contains("tripped 3 times") == true && incident.Hold.Words.Contains("its triggers conflict"));
        await story.PassAsync(TimeSpan.FromMinutes(5), "it waits for a human");
        await story.WhyAsync(target);
        story.Check("nothing went back by itself", (await story.Rig.PanelAsync()).Targets.ContainsKey(new TargetId(target.Namespace, target.Name)));
        var answer = await story.OrderAsync($"incidents/{incident.Id}/release", """{"reason":"the trigger's threshold is mended","by":"ana"}""");
        story.Check("the release is accepted", answer.Status == 202);
        story.Mark("ana released it", Name);
        await ClosesAsync(story);
    }
}
