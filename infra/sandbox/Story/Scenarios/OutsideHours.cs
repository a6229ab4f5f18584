using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>A trip at any hour, a recovery only in its window: half an hour after the story begins, whatever the clock says.</summary>
public sealed class OutsideHours : ShortScenario
{
    private static readonly TimeSpan Opens = TimeSpan.FromMinutes(30);

    public override string Name => "outside-hours";

    public override string About => "it trips at once, and the recovery waits for its window of the day, which the page names";

    protected override string More(DateTimeOffset start)
    {
        var opens = start + Opens;
        return $$"""
              windows:
                - {start: "{{opens.Minute}} {{opens.Hour}} * * *", duration: 8h, zone: UTC}
            """;
    }

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var start = story.Now;
        await OperatorDiesAsync(story);
        Operator(story, OperatorState.Alive, "KEDA's operator is back");
        await story.WaitAsync("the recovery to wait", TimeSpan.FromMinutes(15), p => p.OpenIncident(Cause.OperatorUnhealthy)?.Recovery.ToldWindow is not null);
        var opens = (await story.Rig.PanelAsync()).OpenIncident(Cause.OperatorUnhealthy)!.Recovery.ToldWindow!.Value;
        story.Mark($"KEDA is well, and recovery waits until {Words.Clock(opens, story.Now)}", Name);
        await story.WhyAsync(OneTarget(story, random));
        await story.WaitAsync("the canary", start + Opens + TimeSpan.FromMinutes(5) - story.Now, p => p.OpenIncident(Cause.OperatorUnhealthy)?.Recovery.Stage == Stage.Canary);
        story.Check("nothing went back before the window opened", story.Now >= opens);
        story.Mark("the window is open: canary", Name);
        await ClosesAsync(story);
    }
}
