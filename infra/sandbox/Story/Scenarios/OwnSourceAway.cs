using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>The operator dies and returns, and one target's own source stays away: the others go back, and that one is left behind and told.</summary>
public sealed class OwnSourceAway : ShortScenario
{
    public override string Name => "own-source-away";

    public override string About => "the operator dies while one target's source is away: the others are given back, that one is left on its fallback and told, until its source is back";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var away = story.Rig.Look().Targets.FirstOrDefault(t => NameOf(t) == "sophia-mesh/sophia-ai-services") ?? OneTarget(story, random);
        story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(away.Namespace, away.Name, TriggerFailure.Redis));
        story.Mark($"the trigger source of {NameOf(away)} can't be reached, and stays away", Name);
        await story.PassAsync(TimeSpan.FromSeconds(12), "nothing trips yet");
        await OperatorDiesAsync(story);
        Operator(story, OperatorState.Alive, "the operator is back");

        await story.WaitAsync("the others to be back", TimeSpan.FromHours(2), p => p.OpenIncident(Cause.OperatorUnhealthy) is null && p.Incidents.Values.Any(i => i.Left));
        story.Mark($"the incident is over, and {NameOf(away)} is left on its fallback", Name);
        var panel = await story.Rig.PanelAsync();
        var left = panel.Incidents.Values.Single(i => i.Left);
        story.Check("it alone is left on its fallback", panel.Targets.Keys.SequenceEqual([new TargetId(away.Namespace, away.Name)]));
        story.Check("nobody is asked to decide about the others", left.Hold is null);
        await story.WhyAsync(away);
        await story.PagesArriveAsync();
        var told = story.Bodies("slack").ToList();
        story.Check("people were told that it stays behind, by name and why", told.Exists(t => t.Contains("Left on fallback") && t.Contains(NameOf(away)) && t.Contains("FailedGetExternalMetric")));
        story.Check("nobody was told that recovery failed, or is held", !told.Exists(t => t.Contains("Recovery failed") || t.Contains("Recovery is held")));

        var failures = left.Members.Values.Single().Failures;
        await story.WaitAsync("it to be tried again", TimeSpan.FromHours(1), p => p.Incidents.Values.SingleOrDefault(i => i.Left)?.Members.Values.Single().Failures > failures);
        story.Mark("tried again by itself, and its source is still away", Name);
        story.Rig.Kubernetes.Change(c => c.Faults.SetTriggerSource(away.Namespace, away.Name, TriggerFailure.None));
        story.Mark("the source is back", Name);
        await ClosesAsync(story);
    }
}
