using System.Globalization;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Whose pause stands on a ScaledObject. The annotation decides: KEDA's Paused condition flaps and goes stale (KEDA #6421, #6982).</summary>
public static class Pauses
{
    /// <summary>True when KEDA takes its HPA away because of an annotation, whoever wrote it.</summary>
    public static bool Stops(TargetView view) =>
        Annotations.Pauses(view.Annotations.GetValueOrDefault(Annotations.Paused))
        || view.Annotations.ContainsKey(Annotations.PausedReplicas);

    /// <summary>
    /// True when our own pause stands: the key with our incident beside it, and nobody else has set it meanwhile. Whoever sets the same value
    /// wants it too, and it is theirs to take away: the object's managedFields show who did.
    /// </summary>
    public static bool IsOurs(TargetView view) =>
        view.Annotations.ContainsKey(Annotations.Incident)
        && Annotations.Pauses(view.Annotations.GetValueOrDefault(Annotations.Paused))
        && view.PauseSetBy.Length == 0;

    /// <summary>The count of a paused-replicas that KEDA's operator has carried out: it scaled the workload, and holds it there. Null while none has.</summary>
    public static int? Taken(TargetView view) =>
        view.PausedReplicaCount is { } count && view.Annotations.GetValueOrDefault(Annotations.PausedReplicas) == count.ToString(CultureInfo.InvariantCulture) ? count : null;

    /// <summary>True when a human stopped scaling in this direction alone: whoever scales it meanwhile has to keep to it.</summary>
    public static bool OneWay(TargetView view, string direction) => Annotations.Pauses(view.Annotations.GetValueOrDefault(direction));

    /// <summary>How others paused it, in words, or null.</summary>
    public static string? ByOthers(TargetView view, bool weTripped)
    {
        if (view.Annotations.TryGetValue(Annotations.PausedReplicas, out var replicas))
            return $"{Annotations.PausedReplicas}: \"{replicas}\"";
        var value = view.Annotations.GetValueOrDefault(Annotations.Paused);
        return Annotations.Pauses(value) && !(weTripped && IsOurs(view))
            ? $"{Annotations.Paused}: \"{value}\"{(view.PauseSetBy.Length > 0 ? $", set by field manager {view.PauseSetBy}" : "")}"
            : null;
    }
}
