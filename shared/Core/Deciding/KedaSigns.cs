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
    private const string Together = "counts only together with HPAs of KEDA's that get no external metric";

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
        return signs with { Shares = [.. Operators.Shares(signs, seen)] };
    }

    private static ClusterSigns Read(Panel panel, Observation seen, Policy policy, DateTimeOffset now, bool gap)
    {
        var before = panel.Signs;
        var sameController = seen.ControllerManagerRenewTime == before.ControllerRenewTime;
        var alive = Alive(before, seen, now);
        var notInstalled = seen.MetricsServer is { Available: false, Reason: Absent } && !alive.ContainsKey(MetricsApi);
        var onlyShards = seen.Operator is { Deployment: null, DeploymentUnread: false } && !seen.Shards.IsEmpty;
        var notJudged = new List<string>();

        // Who serves what, before whose HPAs get no metric can be told.
        var shards = before.Shards.Values.Where(o => !seen.Shards.ContainsKey(o.Name) && (o.Gone || alive.ContainsKey($"deployment/{o.Name}")))
            .Select(o => o with { Gone = true, NoReplicaSince = seen.Operator.DeploymentUnread ? o.NoReplicaSince : Since(true, o.NoReplicaSince) })
            .ToImmutableSortedDictionary(o => o.Name, o => o)
            .SetItems(seen.Shards.Keys.Select(name => KeyValuePair.Create(name, new OperatorSigns { Name = name })));
        var known = new ClusterSigns { Shards = shards, OnlyShards = onlyShards, SeenAlive = alive };
        known = known with { Shards = shards.RemoveRange(shards.Values.Where(o => o.Gone && !Missed(known, seen, o)).Select(o => o.Name)) };

        var whole = onlyShards ? new OperatorSigns() : Of(before.Of(null), seen.Operator);
        if (seen.MetricsServer.Doubt is { Length: > 0 } doubt)
            notJudged.Add($"to whom APIService v1beta1.external.metrics.k8s.io leads can't be told: {doubt}");
        notJudged.AddRange(seen.Registrations.Where(r => r.Standing == Standing.Unknown).Select(r => $"{r.Kind}{(r.Name.Length > 0 ? $" {r.Name}" : "s")}: {r.What}"));
        if (notInstalled)
            notJudged.Add($"there is no APIService v1beta1.external.metrics.k8s.io and none was ever seen Available: that {Together}");
        shards = known.Shards.SetItems(seen.Shards.Values.Select(o => KeyValuePair.Create(o.Name, Of(before.Of(o.Name), o))));
        var noMetrics = onlyShards ? Since(KedaHealth.MostHpasFail(panel, seen, policy), before.NoMetricsSince) : whole.NoMetricsSince;
        return new ClusterSigns
        {
            Lease = whole.Lease,
            LeaseRenewTime = whole.LeaseRenewTime,
            LeaseSeenSince = whole.LeaseSeenSince,
            LeaseMoved = whole.LeaseMoved,
            ControllerRenewTime = seen.ControllerManagerRenewTime,
            ControllerSeenSince = seen.ControllerManagerRenewTime is null ? null : sameController && !gap ? before.ControllerSeenSince ?? now : now,
            ControllerMoved = seen.ControllerManagerRenewTime is not null && alive.ContainsKey(Controller),
            SeenAlive = alive,
            NoMetricsSince = noMetrics,
            NoReplicaSince = whole.NoReplicaSince,
            Shards = shards,
            OnlyShards = onlyShards,
            MetricsServerDownSince = Since(!seen.MetricsServer.Available && (!notInstalled || noMetrics is not null), before.MetricsServerDownSince),
            MetricsServerReason = seen.MetricsServer.Available ? null : Words.With(seen.MetricsServer.Reason, seen.MetricsServer.Message),
            MetricsTakenSince = Since(seen.MetricsServer.Taken is not null, before.MetricsTakenSince),
            MetricsTaken = seen.MetricsServer.Taken,
            MetricsGiveBack = notInstalled ? "" : seen.MetricsServer.GiveBack,
            Amiss = KedaRegistry.Amiss(seen, alive, before.Amiss.Values.Select(a => a.Seen)).ToImmutableSortedDictionary(
                r => r.Key,
                r => new Amiss(Since(sign: true, before.Amiss.GetValueOrDefault(r.Key)?.Since) ?? now, r)),
            NotJudged = [.. notJudged],
        };

        DateTimeOffset? Since(bool sign, DateTimeOffset? since) => !sign ? null : gap ? now : since ?? now;

        OperatorSigns Of(OperatorSigns was, OperatorView keda)
        {
            var (lease, deployment) = ($"lease/{keda.Lease}", $"deployment/{keda.Namespace}/{keda.Deployment}");
            var sameLease = keda.Lease == was.Lease && keda.LeaseRenewTime == was.LeaseRenewTime;

            // An operator that has just come back waits for the lease of its dead predecessor to end: it has not hung, and nothing was left behind.
            var returned = was.NoReplicaSince is not null && keda.AvailableReplicas > 0 && !alive.ContainsKey(lease);
            var none = Since(KedaHealth.MostHpasFail(panel, seen, policy, shards.IsEmpty ? null : view => Operators.Serving(known, seen, view).Contains(keda.Name)), was.NoMetricsSince);
            var leftAtZero = keda is { AvailableReplicas: 0, WantedReplicas: 0 } && !alive.ContainsKey(deployment);
            notJudged.AddRange(NotJudged(keda, leftAtZero));
            return new OperatorSigns
            {
                Name = keda.Name,
                Lease = keda.Lease,
                LeaseRenewTime = keda.LeaseRenewTime,
                LeaseSeenSince = keda.LeaseRenewTime is null ? null : sameLease && !gap && !returned ? was.LeaseSeenSince ?? now : now,
                LeaseMoved = keda.Lease is not null && alive.ContainsKey(lease),
                NoMetricsSince = none,
                NoReplicaSince = Since(keda.AvailableReplicas is 0 && (!leftAtZero || none is not null), was.NoReplicaSince),
                Namespaces = string.Join(',', keda.Share?.Namespaces ?? []),
                Selector = keda.Share?.Selector ?? "",
            };
        }
    }

    /// <summary>True while one whose Deployment is gone had targets that nobody else serves.</summary>
    private static bool Missed(ClusterSigns known, Observation seen, OperatorSigns gone) => seen.Targets.Values.Any(view =>
        Operators.Serving(known, seen, view) is var serving && serving.Contains(gone.Name) && serving.All(name => known.Shards.GetValueOrDefault(name) is { Gone: true }));

    private static ImmutableSortedDictionary<string, DateTimeOffset> Alive(ClusterSigns before, Observation seen, DateTimeOffset now)
    {
        var alive = before.SeenAlive;
        foreach (var keda in seen.Shards.Values.Prepend(seen.Operator))
        {
            var was = before.Of(keda.Name);
            if (keda.Lease is not null && keda.Lease == was.Lease && keda.LeaseRenewTime > was.LeaseRenewTime)
                alive = alive.SetItem($"lease/{keda.Lease}", now);
            if (keda.AvailableReplicas > 0)
                alive = alive.SetItem($"deployment/{keda.Namespace}/{keda.Deployment}", now);
            if (keda.AvailableReplicas > 0 && keda.Name.Length > 0)
                alive = alive.SetItem($"deployment/{keda.Name}", now);
        }

        if (seen.ControllerManagerRenewTime > before.ControllerRenewTime)
            alive = alive.SetItem(Controller, now);
        if (seen.MetricsServer is { Available: true, Unread: false })
            alive = alive.SetItem(MetricsApi, now);
        alive = alive.SetItems(seen.Registrations.Where(r => r.Standing == Standing.Well).Select(r => KeyValuePair.Create(r.Key, now)));
        return alive.Count > ClusterSigns.KeptAlive
            ? alive.RemoveRange(alive.OrderBy(a => a.Value).Take(alive.Count - ClusterSigns.KeptAlive).Select(a => a.Key))
            : alive;
    }

    private static IEnumerable<string> NotJudged(OperatorView keda, bool leftAtZero)
    {
        var whose = keda.Name.Length == 0 ? "" : $" {keda.Name}";
        if (keda.Deployment is null)
            yield return keda.DeploymentUnread ? "the Deployment of KEDA's operator can't be read: that it has no replica can't be seen" : "no Deployment of KEDA's operator was found: that it has no replica can't be seen";
        if (leftAtZero)
            yield return $"Deployment {keda.Namespace}/{keda.Deployment} is scaled to 0 and was never seen with a replica: it {Together}";
        if (keda.LeaseUnread)
            yield return $"the operator{whose}'s lease can't be read: one that hangs is not noticed by it";
        else if (keda.Lease is null)
            yield return $"no lease of the operator{whose} counts{(keda.NoLease.Length > 0 ? $" ({keda.NoLease})" : "")}: one that hangs is not noticed by it";
    }
}
