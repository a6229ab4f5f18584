namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// What a ScaledObject's own spec.fallback keeps to while its sources do not answer. Its behaviours, by KEDA's pkg/fallback: "static" its
/// number, "currentReplicas" what runs, "…IfHigher" and "…IfLower" the greater and the lesser of both, "scalingModifiers" what its formula
/// makes of the sources that do answer; one that is not known counts as static.
/// </summary>
public static class OwnFallback
{
    /// <summary>The replicas that it keeps to where so many ran; null when it has none. A formula can't be evaluated here, and keeps what ran.</summary>
    public static int? Replicas(TargetView view, int ran) => !Has(view) ? null : view.OwnFallbackBehavior switch
    {
        "currentReplicas" or "scalingModifiers" => ran,
        "currentReplicasIfHigher" => Math.Max(ran, view.OwnFallbackReplicas ?? 0),
        "currentReplicasIfLower" => Math.Min(ran, view.OwnFallbackReplicas ?? 0),
        _ => view.OwnFallbackReplicas,
    };

    /// <summary>"currentReplicasIfHigher: what runs, and at least 6"; empty when it has none.</summary>
    public static string Words(TargetView view) => !Has(view) ? "" : view.OwnFallbackBehavior switch
    {
        "currentReplicas" => "currentReplicas: what runs",
        "currentReplicasIfHigher" => $"currentReplicasIfHigher: what runs, and at least {view.OwnFallbackReplicas ?? 0}",
        "currentReplicasIfLower" => $"currentReplicasIfLower: what runs, and at most {view.OwnFallbackReplicas ?? 0}",
        "scalingModifiers" => "scalingModifiers: what its formula makes of the sources that answer",
        _ => $"static: {Core.Words.Count(view.OwnFallbackReplicas ?? 0, "replica")}",
    };

    /// <summary>"KEDA's own fallback (static: 4 replicas)", when that acts now; else empty.</summary>
    public static string Acting(TargetView view) => view is not { KedaFallback.IsTrue: true } ? ""
        : Has(view) ? $"KEDA's own fallback ({Words(view)})" : "KEDA's own fallback";

    private static bool Has(TargetView view) => view.OwnFallbackReplicas is not null || view.OwnFallbackBehavior is { Length: > 0 };
}
