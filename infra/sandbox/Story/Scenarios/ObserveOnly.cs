using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>It decides and tells, and writes nothing: how one runs it first.</summary>
public sealed class ObserveOnly : ShortScenario
{
    public override string Name => "observe-only";

    public override string About => "the operator dies, and people are told what would have been done; nothing is written";

    public override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?> { ["Policy:Mode"] = "observe" };

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        Operator(story, OperatorState.Dead, "KEDA's operator is killed");
        await story.WaitAsync("the decision", TimeSpan.FromMinutes(10), p => p.OpenIncident(Cause.OperatorUnhealthy) is not null);
        story.Mark("it would have tripped", Name);
        await story.WhyAsync(OneTarget(story, random));
        await story.PassAsync(TimeSpan.FromMinutes(2), "the operator stays away");
        Operator(story, OperatorState.Alive, "KEDA's operator is back");
        await ClosesAsync(story);
        story.Check("the page says that it would have", story.Bodies("slack").Any(b => b.Contains("would have")));
        story.Check("nothing was written", story.Rig.AcceptedWrites == 0);
    }
}
