namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// What the signs say of KEDA itself. A sign is there at once; evidence is a sign that lasted longer than
/// <see cref="Policy.UnhealthyFor"/>; an alert is believed as soon as there is a sign.
/// </summary>
public static class KedaHealth
{
    /// <summary>KEDA renews its lease about every 2 s (measured). Unchanged for this long is a sign, whatever the clocks say.</summary>
    private static readonly TimeSpan LeaseQuiet = TimeSpan.FromSeconds(30);

    /// <summary>By the two clocks, as long as we have not seen it move ourselves: wide enough that clocks some seconds apart don't make a sign.</summary>
    private static readonly TimeSpan LeaseOld = TimeSpan.FromSeconds(60);

    /// <summary>Why the operator looks dead or hung now, or null.</summary>
    public static string? OperatorSign(ClusterSigns signs, DateTimeOffset now)
    {
        if (signs.NoReplicaSince is { } since)
            return $"KEDA's operator Deployment has had no available replica since {Words.Clock(since)}";
        return signs is { LeaseRenewTime: { } renewed, LeaseSeenSince: { } seen }
            && (now - seen > LeaseQuiet || (!signs.LeaseMoved && now - renewed > LeaseOld))
            && ControlPlaneSign(signs, now) is null
                ? $"KEDA's leader lease operator.keda.sh was last renewed {Words.Clock(renewed)}"
                : null;
    }

    /// <summary>
    /// Why the control plane itself looks unable to write, or null. Its own kube-controller-manager renews a lease as KEDA does; when that one
    /// stops too, the API server takes no writes, and KEDA is not to blame. And the HPA controller runs in it: no fallback would scale either.
    /// Only one that we saw move counts: some clusters keep a lease that nobody has renewed for years.
    /// </summary>
    public static string? ControlPlaneSign(ClusterSigns signs, DateTimeOffset now) =>
        signs is { ControllerMoved: true, ControllerRenewTime: { } renewed, ControllerSeenSince: { } seen } && now - seen > LeaseQuiet
            ? $"the lease of kube-controller-manager was last renewed {Words.Clock(renewed)}"
            : null;

    /// <summary>Why the operator counts as unhealthy: a sign that lasted. Null while it does not.</summary>
    public static string? OperatorEvidence(ClusterSigns signs, Policy policy, DateTimeOffset now)
    {
        var noReplica = signs.NoReplicaSince is { } down && now - down > policy.UnhealthyFor;
        var quiet = signs is { LeaseRenewTime: not null, LeaseSeenSince: { } seen } && now - seen > policy.UnhealthyFor;
        return noReplica || quiet ? OperatorSign(signs, now) : null;
    }

    /// <summary>Why the metrics server looks down now, or null.</summary>
    public static string? MetricsServerSign(ClusterSigns signs) =>
        signs.MetricsServerDownSince is { } since
            ? $"APIService v1beta1.external.metrics.k8s.io has not been Available since {Words.Clock(since)} ({signs.MetricsServerReason})"
            : null;

    public static string? MetricsServerEvidence(ClusterSigns signs, Policy policy, DateTimeOffset now) =>
        signs.MetricsServerDownSince is { } since && now - since > policy.UnhealthyFor ? MetricsServerSign(signs) : null;

    /// <summary>
    /// When the next sign becomes evidence if it stays. A look just then, and not at the next tick after it, keeps the time from
    /// the death of an operator to the trip below three minutes whatever the phase of the ticks.
    /// </summary>
    public static DateTimeOffset? NextDue(ClusterSigns signs, Policy policy, DateTimeOffset now)
    {
        DateTimeOffset?[] since = [signs.NoReplicaSince, signs.MetricsServerDownSince, signs.LeaseRenewTime is null ? null : signs.LeaseSeenSince];

        // A second on top: the sign must have lasted longer, and clocks round.
        return since.Select(s => s + policy.UnhealthyFor + TimeSpan.FromSeconds(1)).Where(due => due > now).Min();
    }

    /// <summary>Why KEDA can't be trusted with workloads now, or null when every sign is well.</summary>
    public static string? Trouble(ClusterSigns signs, Observation seen, DateTimeOffset now)
    {
        if (seen.Operator is { AvailableReplicas: null, LeaseRenewTime: null, DeploymentUnread: false, LeaseUnread: false })
            return "neither KEDA's operator Deployment nor its lease was found";
        return ControlPlaneSign(signs, now) ?? OperatorSign(signs, now) ?? MetricsServerSign(signs);
    }

    /// <summary>True when so many KEDA HPAs fail that a cluster-scope alert is believed although KEDA's own signs are well.</summary>
    public static bool ManyHpasFail(Observation seen, Policy policy)
    {
        var all = seen.Targets.Values.Where(t => t.KedaHpa is not null).ToList();
        var failing = all.Count(t => t.KedaHpa!.ScalingActive is { IsFalse: true, Reason: "FailedGetExternalMetric" });
        return failing > 0 && failing * 100 > all.Count * policy.ErrorRatePercentage;
    }
}
