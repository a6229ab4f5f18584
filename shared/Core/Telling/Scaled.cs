namespace Sophia.Keda.Reactor.Core;

/// <summary>Who scales a workload, by what is seen.</summary>
internal static class Scaled
{
    /// <summary>"KEDA (keda-hpa-x)", "fallback (x-fallback)", "none (frozen)": as a field of its own.</summary>
    public static string Autoscaler(TargetView view) => view.Hpas switch
    {
        [] => Pauses.Stops(view) ? "none (frozen)" : "none",
        [var one] => one.Owner switch
        {
            HpaOwner.Keda => $"KEDA ({one.Name})",
            HpaOwner.Reactor => $"fallback ({one.Name})",
            _ => $"foreign ({one.Name})",
        },
        var many => $"{many.Length} HPAs ({string.Join(", ", many.Select(h => h.Name))})",
    };

    /// <summary>"KEDA scales it", "nothing scales it": as the end of a sentence.</summary>
    public static string Words(TargetView view) => view.Hpas switch
    {
        [] => "nothing scales it",
        [{ Owner: HpaOwner.Keda }] => $"KEDA scales it{ByItsOwn(view)}",
        [{ Owner: HpaOwner.Reactor }] => "its fallback scales it",
        [_] => "an HPA that is neither KEDA's nor ours scales it",
        _ => "more than one HPA is on it",
    };

    /// <summary>The same with the HPA's name.</summary>
    public static string Named(TargetView view) => view.Hpas switch
    {
        [] => "nothing scales it",
        [var one] => $"{Autoscaler(view)} scales it{(one.Owner == HpaOwner.Keda ? ByItsOwn(view) : "")}",
        _ => $"{Autoscaler(view)} are on it",
    };

    /// <summary>A source does not answer, and KEDA keeps to spec.fallback: everything else looks healthy then (measured).</summary>
    private static string ByItsOwn(TargetView view) => OwnFallback.Acting(view) is { Length: > 0 } acting ? $", by {acting}" : "";
}
