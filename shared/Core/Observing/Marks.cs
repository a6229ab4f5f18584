using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Annotations of ours on ScaledObjects: what the cluster itself remembers of trips.</summary>
public static class Marks
{
    public static bool On(TargetView view) =>
        view.Annotations.ContainsKey(Annotations.Incident) || view.Annotations.ContainsKey(Annotations.Memory);

    /// <summary>Targets that carry marks although the panel does not know of a trip: the store has forgotten it, the list is old, or they were put back.</summary>
    public static ImmutableArray<TargetId> Unknown(Panel panel, Observation seen) =>
    [
        .. seen.Targets.Values
            .Where(view => On(view) && !panel.Targets.ContainsKey(view.Id) && panel.Replayed.GetValueOrDefault(view.Id)?.Are(view.Memory) is not true)
            .Select(view => view.Id),
    ];
}
