using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>The panel and the last observation, told per target.</summary>
public static class Breakers
{
    public static ImmutableArray<BreakerView> All(Panel panel, Observation observation, Policy policy) =>
        [.. observation.Targets.Keys.Select(id => One(panel, observation, policy, id)!)];

    public static BreakerView? One(Panel panel, Observation observation, Policy policy, TargetId id) => null;
}
