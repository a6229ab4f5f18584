namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// What the signs say of KEDA itself. A sign is there at once; evidence is a sign that lasted longer than
/// <see cref="Policy.UnhealthyFor"/>; an alert is believed as soon as there is a sign.
/// </summary>
public static class KedaHealth
{
    /// <summary>KEDA renews its lease about every 2 s (measured). Unchanged for this long is a sign, whatever the clocks say.</summary>
    private static readonly TimeSpan LeaseQuiet = TimeSpan.FromSeconds(30);

    /// <summary>What the API server allows a field manager's name; another server may allow more.</summary>
    private const int LongestManager = 128;

    /// <summary>Why an operator looks dead or hung now, or null: the first, where there are several.</summary>
    public static string? OperatorSign(ClusterSigns signs, DateTimeOffset now) =>
        signs.Each().Select(keda => OperatorSign(signs, keda, now)).FirstOrDefault(sign => sign is not null);

    /// <summary>Why this operator looks dead or hung now, or null.</summary>
    public static string? OperatorSign(ClusterSigns signs, OperatorSigns keda, DateTimeOffset now)
    {
        var (its, whose) = keda.Name.Length == 0 ? ("KEDA's operator Deployment", "KEDA's leader lease") : ($"KEDA's operator Deployment {keda.Name}", $"The leader lease of KEDA's operator {keda.Name},");
        if (keda.NoReplicaSince is { } since)
            return keda.Gone ? $"{its} is gone since {Words.Clock(since, now)}" : $"{its} has had no available replica since {Words.Clock(since, now)}";
        if (keda is not { LeaseRenewTime: { } renewed, LeaseSeenSince: { } seen } || now - seen <= LeaseQuiet || ControlPlaneSign(signs, now) is not null)
            return null;
        if (keda.LeaseMoved)
            return $"{whose} {keda.Lease}{(keda.Name.Length == 0 ? "" : ",")} was last renewed {Words.Clock(renewed, now)}";
        return keda.NoMetricsSince is { } none
            ? $"{whose} {keda.Lease}{(keda.Name.Length == 0 ? "" : ",")} was last renewed {Words.Clock(renewed, now)}, never since the reactor looks, and {(keda.Name.Length == 0 ? "KEDA's" : "its")} HPAs get no external metric since {Words.Clock(none, now)}"
            : null;
    }

    /// <summary>
    /// The lease that the running operator names stands still and was never seen moving: it hangs since before we came, or the lease was left
    /// behind. Null when it is not so.
    /// </summary>
    public static (string Lease, DateTimeOffset Renewed, DateTimeOffset SeenSince)? Unmoved(ClusterSigns signs, OperatorSigns keda, DateTimeOffset now) =>
        keda is { Lease: { } lease, LeaseMoved: false, LeaseRenewTime: { } renewed, LeaseSeenSince: { } seen, NoReplicaSince: null }
        && ControlPlaneSign(signs, now) is null
            ? (lease, renewed, seen)
            : null;

    /// <summary>
    /// Why the control plane itself looks unable to write, or null. Its own kube-controller-manager renews a lease as KEDA does; when that one
    /// stops too, the API server takes no writes, and KEDA is not to blame. And the HPA controller runs in it: no fallback would scale either.
    /// Only one that we saw move counts: some clusters keep a lease that nobody has renewed for years.
    /// </summary>
    public static string? ControlPlaneSign(ClusterSigns signs, DateTimeOffset now) =>
        signs is { ControllerMoved: true, ControllerRenewTime: { } renewed, ControllerSeenSince: { } seen } && now - seen > LeaseQuiet
            ? $"the lease of kube-controller-manager was last renewed {Words.Clock(renewed, now)}"
            : null;

    /// <summary>Why the operator counts as unhealthy: a sign that lasted. Null while it does not.</summary>
    public static string? OperatorEvidence(ClusterSigns signs, OperatorSigns keda, Policy policy, DateTimeOffset now)
    {
        var noReplica = keda.NoReplicaSince is { } down && now - down > policy.UnhealthyFor;
        var quiet = keda is { LeaseRenewTime: not null, LeaseSeenSince: { } seen } && now - seen > policy.UnhealthyFor
            && (keda.LeaseMoved || (keda.NoMetricsSince is { } none && now - none > policy.UnhealthyFor));
        return noReplica || quiet ? OperatorSign(signs, keda, now) : null;
    }

    /// <summary>Why KEDA's metrics server can't be asked now, or null: its name was taken, or it does not answer.</summary>
    public static string? MetricsServerSign(ClusterSigns signs, DateTimeOffset now) => TakenSign(signs, now) ?? DownSign(signs, now);

    /// <summary>Why the external metrics API counts as not Available now, or null.</summary>
    public static string? DownSign(ClusterSigns signs, DateTimeOffset now) =>
        signs.MetricsServerDownSince is { } since
            ? $"APIService v1beta1.external.metrics.k8s.io has not been Available since {Words.Clock(since, now)} ({signs.MetricsServerReason})"
            : null;

    public static string? DownEvidence(ClusterSigns signs, Policy policy, DateTimeOffset now) =>
        signs.MetricsServerDownSince is { } since && now - since > policy.UnhealthyFor ? DownSign(signs, now) : null;

    /// <summary>
    /// To whom the external metrics API leads in place of KEDA, or null. It may well be Available: somebody else answers, and knows none of
    /// KEDA's metrics (kedacore/keda#6475).
    /// </summary>
    public static string? TakenSign(ClusterSigns signs, DateTimeOffset now) =>
        signs is { MetricsTakenSince: { } since, MetricsTaken: { } taken }
            ? $"APIService v1beta1.external.metrics.k8s.io leads to {taken.By} since {Words.Clock(since, now)}, not to KEDA's metrics server {taken.Instead}{WrittenBy(taken.LastWriter, now)}"
            : null;

    public static string? TakenEvidence(ClusterSigns signs, Policy policy, DateTimeOffset now) =>
        signs.MetricsTakenSince is { } since && now - since > policy.UnhealthyFor ? TakenSign(signs, now) : null;

    /// <summary>"; last written by helm 02:14:05Z", or nothing.</summary>
    public static string WrittenBy(FieldWriter? writer, DateTimeOffset now) =>
        writer is null ? "" : $"; last written by {Words.Cut(writer.Manager, LongestManager)} {Words.Clock(writer.At, now)}";

    /// <summary>
    /// When the next sign becomes evidence if it stays. A look just then, and not at the next tick after it, keeps the time from
    /// the death of an operator to the trip below three minutes whatever the phase of the ticks.
    /// </summary>
    public static DateTimeOffset? NextDue(ClusterSigns signs, Policy policy, DateTimeOffset now)
    {
        IEnumerable<DateTimeOffset?> since = signs.Each().SelectMany<OperatorSigns, DateTimeOffset?>(keda =>
                [keda.NoReplicaSince, keda.LeaseRenewTime is null ? null : keda.LeaseSeenSince, keda is { Lease: not null, LeaseMoved: false } ? keda.NoMetricsSince : null])
            .Append(signs.MetricsServerDownSince).Append(signs.MetricsTakenSince);

        // A second on top: the sign must have lasted longer, and clocks round.
        return since.Select(s => s + policy.UnhealthyFor + TimeSpan.FromSeconds(1)).Where(due => due > now).Min();
    }

    /// <summary>Why KEDA can't be trusted with workloads now, or null when every sign is well. Of one target or incident: <see cref="Operators"/>.</summary>
    public static string? Trouble(ClusterSigns signs, Observation seen, DateTimeOffset now)
    {
        if (!signs.OnlyShards && seen.Operator is { AvailableReplicas: null, DeploymentUnread: false, LeaseUnread: false } && !signs.LeaseMoved)
            return "neither KEDA's operator Deployment nor a lease of it that moves was found";
        return ControlPlaneSign(signs, now) ?? OperatorSign(signs, now) ?? MetricsServerSign(signs, now);
    }

    /// <summary>True when so many KEDA HPAs fail that a cluster-scope alert is believed although KEDA's own signs are well.</summary>
    public static bool ManyHpasFail(Panel panel, Observation seen, Policy policy, Func<TargetView, bool>? of = null)
    {
        var (failing, all) = Hpas(panel, seen, of);
        return failing > 0 && failing * 100 > all * policy.ErrorRatePercentage;
    }

    /// <summary>The same without an alert that says so too: one source that is away must not pass for KEDA's death.</summary>
    public static bool MostHpasFail(Panel panel, Observation seen, Policy policy, Func<TargetView, bool>? of = null)
    {
        var (failing, all) = Hpas(panel, seen, of);
        return failing > 0 && failing * 100 > all * policy.ErrorRatePercentage && (failing >= policy.ErrorRateMinimum || failing == all);
    }

    private static (int Failing, int All) Hpas(Panel panel, Observation seen, Func<TargetView, bool>? of)
    {
        var silent = Judging.Silent(panel, seen);
        var all = seen.Targets.Values.Where(t => t.KedaHpa is not null && !silent.Contains(t.Id) && !Untouchable.NeedsNoKeda(t) && of?.Invoke(t) is not false).ToList();
        return (all.Count(t => t.KedaHpa!.ScalingActive is { IsFalse: true, Reason: "FailedGetExternalMetric" }), all.Count);
    }
}
