using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>KEDA is upgraded within a maintenance: nothing trips. The second upgrade does not end well, and what still stands at the window's end trips then.</summary>
public sealed class MaintenanceUpgrade : ShortScenario
{
    public override string Name => "maintenance-upgrade";

    public override string About => "KEDA is upgraded in an ordered maintenance: no trip; a second upgrade fails: one reminder, and a trip when the window ends";

    protected override string More(DateTimeOffset start) => """
        limits:
          maintenance_reminder: 3m
        """;

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var written = story.Rig.AcceptedWrites;
        var answer = await story.OrderAsync("maintenance", """{"scope":"cluster","duration":"15m","reason":"KEDA upgrade","by":"ana"}""");
        story.Check("the maintenance is accepted", answer.Status == 202);
        var ends = story.Now + TimeSpan.FromMinutes(15);
        Operator(story, OperatorState.Dead, "maintenance for 15 minutes; KEDA's operator is stopped for its upgrade");
        await story.PassAsync(TimeSpan.FromMinutes(4), "the upgrade");
        await story.WhyAsync(OneTarget(story, random));
        Operator(story, OperatorState.Alive, "the new operator is up");
        await story.PassAsync(TimeSpan.FromMinutes(1), "all is well");
        story.Check("the upgrade tripped nothing", (await story.Rig.PanelAsync()).Incidents.IsEmpty && story.Rig.AcceptedWrites == written);

        Operator(story, OperatorState.Dead, "it falls over and stays down");
        await story.PassAsync(ends - story.Now - TimeSpan.FromSeconds(40), "the maintenance goes on");
        story.Check("nothing trips before the window's end", (await story.Rig.PanelAsync()).Incidents.IsEmpty && story.Rig.AcceptedWrites == written);
        await story.PagesArriveAsync();
        story.Check("one reminder came before the end", story.Pages("slack").Count(t => t.Contains("ends soon")) == 1);
        await TripAsync(story, Cause.OperatorUnhealthy);
        story.Check("it tripped at the end of the window, with its two minutes already counted", story.Now - ends < TimeSpan.FromMinutes(1));
        Operator(story, OperatorState.Alive, "the operator is mended");
        await ClosesAsync(story);
    }
}
