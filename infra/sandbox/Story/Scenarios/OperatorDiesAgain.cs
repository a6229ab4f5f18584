using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>Evidence that returns in the middle of the waves puts back everything that it covers, also what had passed its gate.</summary>
public sealed class OperatorDiesAgain : ShortScenario
{
    public override string Name => "operator-returns-and-dies-again";

    public override string About => "the operator returns, the waves begin, it dies again: what was back goes back on its fallback, then all is well";

    /// <summary>Longer than a dead operator takes to be evidence.</summary>
    protected override string Soak => "3m";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        await OperatorDiesAsync(story);
        Operator(story, OperatorState.Alive, "KEDA's operator is back");
        await story.WaitAsync("the waves", TimeSpan.FromMinutes(30), p => p.OpenIncident(Cause.OperatorUnhealthy)?.Recovery is { Stage: Stage.Wave, BatchBackAt: not null });
        story.Mark("the canary passed, the first wave is back", Name);

        Operator(story, OperatorState.Dead, "KEDA's operator dies again");
        await story.WaitAsync("the evidence to return", TimeSpan.FromMinutes(10), p => p.OpenIncident(Cause.OperatorUnhealthy) is { Attempts: 1, FallbackInPlaceAt: not null });
        story.Mark("everything is on its fallback again", Name);
        var incident = (await story.Rig.PanelAsync()).OpenIncident(Cause.OperatorUnhealthy)!;
        story.Check("nothing is left with a KEDA that is dead", incident.Members.Values.All(m => m.State != MemberState.HandedBack));
        await story.WhyAsync(story.Rig.Look().Targets.First(t => incident.Members.GetValueOrDefault(new TargetId(t.Namespace, t.Name))?.Reason == Reason.EvidenceReturned));
        Operator(story, OperatorState.Alive, "KEDA's operator is back for good");
        await ClosesAsync(story);
    }
}
