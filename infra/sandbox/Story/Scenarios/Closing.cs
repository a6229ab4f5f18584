using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>The way back, the same in every scenario.</summary>
internal static class Closing
{
    public static async Task WatchAsync(StoryRun story, string scenario, Cause cause)
    {
        await story.WaitAsync("the canary", TimeSpan.FromMinutes(30), p => p.OpenIncident(cause) is not { Recovery.Stage: not (Stage.Canary or Stage.Wave or Stage.Closing) });
        story.Mark("recovery began with a canary", scenario);
        await story.WaitAsync("the waves", TimeSpan.FromMinutes(30), p => p.OpenIncident(cause) is not { Recovery.Stage: not (Stage.Wave or Stage.Closing) });
        story.Mark("the canary passed", scenario);
        await story.WaitAsync("the incident to close", TimeSpan.FromHours(2), p => p.Incidents.IsEmpty && p.Targets.IsEmpty);
        story.Mark("the incident is closed", scenario);
        await story.PagesArriveAsync();
        story.Mark("the last page has arrived", scenario);
    }
}
