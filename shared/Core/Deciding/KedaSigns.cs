using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Turns two looks into signs of KEDA's health. What we never saw alive says nothing by itself: a lease that an earlier release left behind, an
/// operator that was scaled to 0 before we came, an APIService of a metrics server that nobody installed. It counts together with something
/// that fails: KEDA's HPAs that get no external metric.
/// </summary>
internal static class KedaSigns
{
    private const string Controller = "lease/kube-system/kube-controller-manager";
    private const string MetricsApi = "apiservice/external.metrics.k8s.io";
    private const string Absent = "NotFound";

    public static ClusterSigns Of(Panel panel, Observation seen, Policy policy, DateTimeOffset now, bool gap)
    {
        // What can't be read of KEDA's own parts neither begins an incident nor ends one.
        var (before, operatorOpen, metricsOpen) = (panel.Signs, panel.OpenIncident(Cause.OperatorUnhealthy) is not null, panel.OpenIncident(Cause.MetricsServerUnavailable) is not null);
        var signs = Read(panel, seen, policy, now, gap);
        if (seen.Operator.LeaseUnread && operatorOpen)
            signs = signs with { Lease = before.Lease, LeaseRenewTime = before.LeaseRenewTime, LeaseSeenSince = before.LeaseSeenSince, LeaseMoved = before.LeaseMoved };
        if (seen.Operator.DeploymentUnread && operatorOpen)
            signs = signs with { NoReplicaSince = before.NoReplicaSince };
        if (seen.MetricsServer is { Unread: true } or { Doubt.Length: > 0 })
            signs = metricsOpen
                ? signs with { MetricsTakenSince = before.MetricsTakenSince, MetricsTaken = before.MetricsTaken, MetricsGiveBack = before.MetricsGiveBack }
                : signs with { MetricsTakenSince = null, MetricsTaken = null };
        if (seen.MetricsServer.Unread)
            signs = metricsOpen
                ? signs with { MetricsServerDownSince = before.MetricsServerDownSince, MetricsServerReason = before.MetricsServerReason }
                : signs with { MetricsServerDownSince = null, MetricsServerReason = null };
        return signs;
    }

    private static ClusterSigns Read(Panel panel, Observation seen, Policy policy, DateTimeOffset now, bool gap)
    {
        var (before, keda) = (panel.Signs, seen.Operator);
        var (lease, deployment) = ($"lease/{keda.Lease}", $"deployment/{keda.Namespace}/{keda.Deployment}");
        var sameLease = keda.Lease == before.Lease && keda.LeaseRenewTime == before.LeaseRenewTime;
        var sameController = seen.ControllerManagerRenewTime == before.ControllerRenewTime;
        var alive = before.SeenAlive;
        if (keda.Lease is not null && keda.Lease == before.Lease && keda.LeaseRenewTime > before.LeaseRenewTime)
            alive = alive.SetItem(lease, now);
        if (seen.ControllerManagerRenewTime > before.ControllerRenewTime)
            alive = alive.SetItem(Controller, now);
        if (keda.AvailableReplicas > 0)
            alive = alive.SetItem(deployment, now);
        if (seen.MetricsServer is { Available: true, Unread: false })
            alive = alive.SetItem(MetricsApi, now);
        alive = alive.SetItems(seen.Registrations.Where(r => r.Standing == Standing.Well).Select(r => KeyValuePair.Create(r.Key, now)));
        if (alive.Count > ClusterSigns.KeptAlive)
            alive = alive.RemoveRange(alive.OrderBy(a => a.Value).Take(alive.Count - ClusterSigns.KeptAlive).Select(a => a.Key));

        // An operator that has just come back waits for the lease of its dead predecessor to end: it has not hung, and nothing was left behind.
        var returned = before.NoReplicaSince is not null && keda.AvailableReplicas > 0 && !alive.ContainsKey(lease);
        var noMetrics = Since(KedaHealth.MostHpasFail(panel, seen, policy), before.NoMetricsSince);
        var leftAtZero = keda is { AvailableReplicas: 0, WantedReplicas: 0 } && !alive.ContainsKey(deployment);
        var notInstalled = seen.MetricsServer is { Available: false, Reason: Absent } && !alive.ContainsKey(MetricsApi);
        return new ClusterSigns
        {
            Lease = keda.Lease,
            LeaseRenewTime = keda.LeaseRenewTime,
            LeaseSeenSince = keda.LeaseRenewTime is null ? null : sameLease && !gap && !returned ? before.LeaseSeenSince ?? now : now,
            LeaseMoved = keda.Lease is not null && alive.ContainsKey(lease),
            ControllerRenewTime = seen.ControllerManagerRenewTime,
            ControllerSeenSince = seen.ControllerManagerRenewTime is null ? null : sameController && !gap ? before.ControllerSeenSince ?? now : now,
            ControllerMoved = seen.ControllerManagerRenewTime is not null && alive.ContainsKey(Controller),
            SeenAlive = alive,
            NoMetricsSince = noMetrics,
            NoReplicaSince = Since(keda.AvailableReplicas is 0 && (!leftAtZero || noMetrics is not null), before.NoReplicaSince),
            MetricsServerDownSince = Since(!seen.MetricsServer.Available && (!notInstalled || noMetrics is not null), before.MetricsServerDownSince),
            MetricsServerReason = seen.MetricsServer.Available ? null : Words.With(seen.MetricsServer.Reason, seen.MetricsServer.Message),
            MetricsTakenSince = Since(seen.MetricsServer.Taken is not null, before.MetricsTakenSince),
            MetricsTaken = seen.MetricsServer.Taken,
            MetricsGiveBack = notInstalled ? "" : seen.MetricsServer.GiveBack,
            Amiss = KedaRegistry.Amiss(seen, alive, before.Amiss.Values.Select(a => a.Seen)).ToImmutableSortedDictionary(
                r => r.Key,
                r => new Amiss(Since(sign: true, before.Amiss.GetValueOrDefault(r.Key)?.Since) ?? now, r)),
            NotJudged = [.. NotJudged()],
        };

        DateTimeOffset? Since(bool sign, DateTimeOffset? since) => !sign ? null : gap ? now : since ?? now;

        IEnumerable<string> NotJudged()
        {
            if (keda.Deployment is null)
                yield return keda.DeploymentUnread ? "the Deployment of KEDA's operator can't be read: that it has no replica can't be seen" : "no Deployment of KEDA's operator was found: that it has no replica can't be seen";
            const string together = "counts only together with HPAs of KEDA's that get no external metric";
            if (leftAtZero)
                yield return $"Deployment {keda.Namespace}/{keda.Deployment} is scaled to 0 and was never seen with a replica: it {together}";
            if (keda.LeaseUnread)
                yield return "the operator's lease can't be read: one that hangs is not noticed by it";
            else if (keda.Lease is null)
                yield return $"no lease of the operator counts{(keda.NoLease.Length > 0 ? $" ({keda.NoLease})" : "")}: one that hangs is not noticed by it";
            if (seen.MetricsServer.Doubt is { Length: > 0 } doubt)
                yield return $"to whom APIService v1beta1.external.metrics.k8s.io leads can't be told: {doubt}";
            foreach (var unknown in seen.Registrations.Where(r => r.Standing == Standing.Unknown))
                yield return $"{unknown.Kind}{(unknown.Name.Length > 0 ? $" {unknown.Name}" : "s")}: {unknown.What}";
            if (notInstalled)
                yield return $"there is no APIService v1beta1.external.metrics.k8s.io and none was ever seen Available: that {together}";
        }
    }
}
