using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Targets whose replicas have to be asked for before a decision about them is final: workloads that are neither Deployment nor StatefulSet, in
/// the moment in which they are tripped.
/// </summary>
public static class Uncounted
{
    /// <param name="before">The panel that was decided on.</param>
    /// <param name="after">The panel that was decided.</param>
    /// <param name="seen">The look that both are about.</param>
    public static ImmutableArray<TargetId> Of(Panel before, Panel after, Observation seen) =>
    [
        .. after.Targets.Keys.Where(id => !before.Targets.ContainsKey(id)
            && seen.Targets.GetValueOrDefault(id)?.Replicas is { Source: ReplicaSource.Hpa or ReplicaSource.Nobody }),
    ];
}
