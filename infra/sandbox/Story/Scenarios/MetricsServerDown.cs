using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>KEDA's metrics server goes away: the operator lives, and no HPA gets an external metric any more. It comes back some minutes later.</summary>
public sealed class MetricsServerDown : Scenario
{
    public override string Name => "metrics-server-down";

    public override string About => "the external metrics API goes away: trip, pages, it is back, canary, waves, closed";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        await story.PassAsync(random.Between(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(90)), "all is well");
        story.Rig.Kubernetes.Change(c => c.Faults.SetMetricsServer(false));
        story.Mark("KEDA's metrics server is gone", Name);

        await story.WaitAsync("the breaker to trip", TimeSpan.FromMinutes(6), p => p.OpenIncident(Cause.MetricsServerUnavailable) is not null);
        story.Mark("detected: an incident is open", Name);
        await story.WaitAsync("every workload to be on its fallback", TimeSpan.FromMinutes(10), p => p.OpenIncident(Cause.MetricsServerUnavailable)?.FallbackInPlaceAt is not null);
        story.Mark("every workload is on its fallback", Name);

        await story.PassAsync(random.Between(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(4)), "the metrics server stays away");
        story.Rig.Kubernetes.Change(c => c.Faults.SetMetricsServer(true));
        story.Mark("KEDA's metrics server is back", Name);
        await Closing.WatchAsync(story, Name, Cause.MetricsServerUnavailable);
    }
}
