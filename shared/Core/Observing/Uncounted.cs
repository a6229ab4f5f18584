using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Targets whose replicas have to be asked for before a decision about them is final: workloads that are neither Deployment nor StatefulSet, in
/// the moment in which they are tripped, and while replicas that were asked for have not been seen.
/// </summary>
public static class Uncounted
{
    /// <param name="before">The panel that was decided on.</param>
    /// <param name="after">The panel that was decided.</param>
    /// <param name="seen">The look that both are about.</param>
    public static ImmutableArray<TargetId> Of(Panel before, Panel after, Observation seen) =>
    [
        .. after.Targets.Values.Where(t => (!before.Targets.ContainsKey(t.Id) || t.Memory.Raised?.To > t.RaisedSeen || t.Capacity is { ThereSince: null })
            && seen.Targets.GetValueOrDefault(t.Id)?.Replicas is { Source: ReplicaSource.Hpa or ReplicaSource.Nobody }).Select(t => t.Id),
    ];
}
