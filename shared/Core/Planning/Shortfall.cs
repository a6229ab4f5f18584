namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Replicas that a fallback asks for and that are not there, and when we bring them ourselves. A dead operator's metric calls hang and hold the
/// HPA controller's few workers, so a fallback HPA with more replicas than there are may not be looked at for a minute (measured: 47 to 52 s).
/// Only upward, and only while the count can still be KEDA's last act: what somebody else sets after the trip, 0 too, is theirs.
/// </summary>
public static class Shortfall
{
    /// <summary>An HPA is synced every 15 s: one that did not act on its min within two syncs is not being looked at.</summary>
    internal static readonly TimeSpan TwoSyncs = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long after its HPA went a count can still be KEDA's own: a sync that was under way hangs for up to a minute and acts when it returns,
    /// and a write takes a while to be seen.
    /// </summary>
    internal static readonly TimeSpan KedasLastAct = TimeSpan.FromMinutes(2);

    /// <summary>To how many replicas it is raised now, and why; null when it is left alone.</summary>
    internal static (int To, Reason Because, string Words)? Of(TrippedTarget tripped, TargetView view, FallbackHpa wanted, DateTimeOffset now)
    {
        if (Plan.Known(view) is not { } count || SetByOthers(tripped.Memory, view))
            return null;
        var memory = tripped.Memory;
        var cron = Math.Min(CronTriggers.Wanted(view.Triggers, now), wanted.Max);
        if (!CanBeKedas(tripped, now))
            return count == 0 && memory.Count?.Replicas == 0 && cron > 0 ? (cron, Reason.RaisedToCron, Cron(cron)) : null;
        if (count == 0 && memory.FromZero != 0)
            return (wanted.Min, Reason.RaisedFromZero, "an HPA does nothing at 0");
        var floor = memory.CachedReplicas > 0 && now < memory.FloorUntil ? Math.Min(memory.Floor, wanted.Max) : 0;
        if (count < Math.Max(floor, cron))
            return floor >= cron ? (floor, Reason.RaisedToFloor, $"it had {floor} at the trip or just before") : (cron, Reason.RaisedToCron, Cron(cron));
        return count > 0 && count < wanted.Min && tripped.Capacity is { ShortSince: { } since } capacity && capacity.Asked == wanted.Min && now - since >= TwoSyncs
            ? (wanted.Min, Reason.RaisedWithoutHpa, $"its fallback HPA has not within {Words.Span(now - since)}, which is two syncs or more")
            : null;
    }

    private static string Cron(int cron) => $"its cron triggers ask for {cron} now";

    /// <summary>True while KEDA's HPA stands, or may have acted last.</summary>
    internal static bool CanBeKedas(TrippedTarget tripped, DateTimeOffset now) => tripped.KedaGoneAt is not { } gone || now - gone < KedasLastAct;

    /// <summary>
    /// True when somebody else than KEDA, an HPA or we gave the workload its count after the trip. Where nothing says who it was, any count
    /// other than the one at the trip is theirs.
    /// </summary>
    internal static bool SetByOthers(TargetMemory memory, TargetView view)
    {
        if (view.Replicas?.SetBy is not { } by)
            return Plan.Known(view) is { } count && memory.Count?.Replicas != count;
        return !IsScaler(by.Manager) && (memory.Count is not { } then || then.By != by || then.Replicas != view.Replicas.Desired);
    }

    private static bool IsScaler(string manager) =>
        manager is Annotations.Manager or "kube-controller-manager" || manager.StartsWith("keda", StringComparison.Ordinal);

    /// <summary>What its fallback asks for by what stands there; null while nothing does.</summary>
    internal static int? Asked(TrippedTarget tripped, TargetView view, FallbackHpa wanted, DateTimeOffset now) => tripped.Memory.Action switch
    {
        FallbackAction.Cpu when view.FallbackHpa is { } hpa => Plan.Known(view) == 0 && Of(tripped, view, wanted, now) is null ? 0 : hpa.Min,
        FallbackAction.Replicas => Plan.Fixed(tripped.Memory, view.Max),
        _ => null,
    };

    /// <summary>When the next fallback HPA of these will have had its two syncs, should it not have acted by then; null when none is waited for.</summary>
    public static DateTimeOffset? NextDue(IEnumerable<TrippedTarget> targets, DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (var tripped in targets)
        {
            if (tripped is { Phase: not Phase.HandingBack, Capacity.ShortSince: { } since } && since + TwoSyncs is var due && due > now && !(next <= due))
                next = due;
        }

        return next;
    }
}
