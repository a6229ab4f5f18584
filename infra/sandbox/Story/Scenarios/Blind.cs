using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>The API server takes no request of the reactor any more, and meanwhile the operator dies and returns: people are told that nothing is seen, and nothing trips.</summary>
public sealed class Blind : ShortScenario
{
    public override string Name => "blind";

    public override string About => "the API server refuses every request (401): paged as blind, nothing tripped, resolved when it is back";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        await story.PassAsync(TimeSpan.FromSeconds(40), "all is well");
        story.Rig.Kubernetes.Change(c => c.Faults.Add(ApiFault.Error(401)));
        Operator(story, OperatorState.Dead, "the API server refuses everything; unseen, KEDA's operator dies");
        await story.WaitAsync("it to be paged", TimeSpan.FromMinutes(6), p => p.Notices.Count > 0);
        story.Mark("people are told that it is blind", Name);
        await story.PassAsync(TimeSpan.FromMinutes(1), "it stays away");
        story.Check("nothing trips on blindness", (await story.Rig.PanelAsync()).Incidents.IsEmpty && story.Rig.AcceptedWrites == 0);
        Operator(story, OperatorState.Alive, "the operator lives again");
        story.Rig.Kubernetes.Change(c => c.Faults.ClearApi());
        story.Mark("the API server is back", Name);
        await story.WaitAsync("sight", TimeSpan.FromMinutes(3), p => p.Notices.IsEmpty && p.BlindSince is null);
        await story.PassAsync(TimeSpan.FromMinutes(3), "all is well");
        await story.PagesArriveAsync();
        story.Check("nothing was tripped afterwards either", (await story.Rig.PanelAsync()).Incidents.IsEmpty && story.Rig.AcceptedWrites == 0);
        story.Check("the page was resolved", story.Pages("pagerduty") is [.., var last] && last.StartsWith("resolve"));
    }
}
