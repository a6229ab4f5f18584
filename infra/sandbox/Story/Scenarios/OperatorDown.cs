using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>KEDA's operator dies, or hangs, and comes back some minutes later.</summary>
public sealed class OperatorDown : Scenario
{
    public override string Name => "operator-down";

    public override string About => "KEDA's operator dies or hangs: trip, pages, operator back, canary, waves, closed";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var state = random.One([OperatorState.Dead, OperatorState.Hung]);
        await story.PassAsync(random.Between(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(90)), "all is well");
        story.Rig.Kubernetes.Change(c => c.Faults.SetOperator(state));
        story.Mark(state == OperatorState.Dead ? "KEDA's operator is killed" : "KEDA's operator hangs", Name);

        await story.WaitAsync("the breaker to trip", TimeSpan.FromMinutes(6), p => p.OpenIncident(Cause.OperatorUnhealthy) is not null);
        story.Mark("detected: an incident is open", Name);
        await story.WaitAsync("every workload to be on its fallback", TimeSpan.FromMinutes(10), p => p.OpenIncident(Cause.OperatorUnhealthy)?.FallbackInPlaceAt is not null);
        story.Mark("every workload is on its fallback", Name);

        await story.PassAsync(random.Between(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(4)), "the operator stays away");
        story.Rig.Kubernetes.Change(c => c.Faults.SetOperator(OperatorState.Alive));
        story.Mark("KEDA's operator is back", Name);
        await Closing.WatchAsync(story, Name, Cause.OperatorUnhealthy);
    }
}
