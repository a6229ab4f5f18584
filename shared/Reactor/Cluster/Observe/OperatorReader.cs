using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Finds KEDA's own parts.</summary>
internal static class OperatorReader
{
    /// <summary>Each costs a list at every look.</summary>
    private const int MostLeases = 16;

    /// <summary>Leases, beside KEDA's own, that operators name, with the namespaces that they stand in: rarely any.</summary>
    public static (string Namespace, string Name)[] OtherLeases(IReadOnlyList<WorkloadDto> deployments, ClusterSettings settings) =>
    [
        .. Find(deployments, settings).Where(o => o.Arguments.Elects && o.Arguments.LeaseName != OperatorArguments.DefaultLease)
            .Select(o => (o.Deployment.Namespace, o.Arguments.LeaseName))
            .Distinct().Order().Take(MostLeases),
    ];

    /// <summary>The operator that serves the rest, and those with a share of their own.</summary>
    public static KedaOperators Read(
        Listing<WorkloadDto> deployments, Listing<LeaseDto> kedas, IReadOnlyList<Listing<LeaseDto>> others, ClusterSettings settings, Func<OperatorShare, IEnumerable<TargetId>> jobs)
    {
        List<LeaseDto> leases = [.. kedas.Items, .. others.SelectMany(l => l.Items)];
        var all = Find(deployments.Items, settings)
            .Select(o => o with { Lease = o.Arguments.Elects ? leases.FirstOrDefault(l => l.Namespace == o.Deployment.Namespace && l.Name == o.Arguments.LeaseName) : null })
            .OrderBy(o => o.Name, StringComparer.Ordinal)
            .ToList();
        var untold = all.Where(o => o.Share is null).Select(o => $"what share of the ScaledObjects KEDA's operator {o.Name} has can't be told ({o.Untold}): it is taken for the one that serves what no other's share has").ToList();

        // One lease is one operator: only its holder works, whichever of several Deployments that is.
        foreach (var contenders in all.Where(o => o.LeaseName.Length > 0).GroupBy(o => o.LeaseName, StringComparer.Ordinal).Select(g => g.ToList()).Where(g => g.Select(o => o.Share).Distinct().Count() > 1))
        {
            untold.Add($"{string.Join(", ", contenders.Select(o => o.Name))} contend for one lease ({contenders[0].LeaseName}) and have different shares, of which only the holder's is served: they are taken for one operator that serves what no other's share has");
            all = [.. all.Select(o => contenders.Contains(o) ? o with { Share = null } : o)];
        }

        var groups = all.GroupBy(o => o.Share is { IsWhole: false } share ? share : null).ToList();
        var rest = groups.Find(g => g.Key is null)?.ToList() ?? [];
        foreach (var running in groups.Select(g => g.Where(o => o.Wanted > 0).ToList()))
            if (running.DistinctBy(o => o.LeaseName.Length > 0 ? o.LeaseName : o.Name, StringComparer.Ordinal).Count() > 1)
                untold.Add($"{string.Join(", ", running.Select(o => o.Name))} are read as one operator: the one whose lease was renewed last counts, and the death of another is not noticed");
        var shards = groups.Where(g => g.Key is not null).Select(g => One([.. g]) with { Share = g.Key, Name = g.First().Name, ScaledJobs = [.. jobs(g.Key!)] });
        return new KedaOperators(
            rest.Count > 0 || groups.Count == 0 ? One(rest) : new OperatorView { DeploymentUnread = deployments.Unread.Any(d => MayBeOperator(d.Object, settings)) },
            shards.ToImmutableSortedDictionary(o => o.Name, o => o, StringComparer.Ordinal),
            [.. untold]);

        OperatorView One(List<OperatorFound> several)
        {
            // With several (an old installation left behind), the one that is to run, beside the lease that it names and that was renewed last, is the one that works.
            var found = several
                .OrderByDescending(o => o.Wanted > 0)
                .ThenByDescending(o => o.Lease is not null)
                .ThenByDescending(o => o.Lease?.Spec?.RenewTime)
                .ThenBy(o => o.Deployment.Namespace, StringComparer.Ordinal)
                .ThenBy(o => o.Deployment.Name, StringComparer.Ordinal)
                .FirstOrDefault();

            // Without an operator nobody names a lease: the latest word counts, if it moves.
            // One that can't be read may be the one that counts: then no other stands in for it.
            var unread = kedas.Unread.Concat(others.SelectMany(l => l.Unread)).Any(l => found is null
                || (found.Arguments.Elects && l.Object.Namespace is var ns && (ns.Length == 0 || ns == found.Deployment.Namespace)));
            var lease = unread ? null : found is null ? leases.OrderByDescending(l => l.Spec?.RenewTime).FirstOrDefault() : found.Lease;
            var readable = lease?.Spec?.RenewTime is not null;
            var pair = several.Where(o => o == found || (o.LeaseName.Length > 0 && o.LeaseName == found!.LeaseName)).ToList();
            return new OperatorView
            {
                Namespace = found?.Deployment.Namespace,
                Deployment = found?.Deployment.Name,
                Deployments = [.. several.Select(o => o.Name)],
                WantedReplicas = found is null ? null : pair.Sum(o => o.Wanted),
                AvailableReplicas = found is null ? null : pair.Sum(o => o.Available),
                ServesAll = found?.Share is { IsWhole: true },
                Lease = readable ? $"{lease!.Namespace}/{lease.Name}" : null,
                NoLease = readable ? "" : WhyNot(found?.Deployment, found?.Arguments, leases, string.Join("; ", others.Select(l => l.Problem).Where(p => p.Length > 0))),
                LeaseRenewTime = lease?.Spec?.RenewTime,
                LeaseHolder = lease?.Spec?.HolderIdentity,
                DeploymentUnread = found is null && deployments.Unread.Any(d => MayBeOperator(d.Object, settings)),
                LeaseUnread = unread,
            };
        }
    }

    private static IEnumerable<OperatorFound> Find(IEnumerable<WorkloadDto> deployments, ClusterSettings settings) =>
        deployments.Where(d => OperatorLabels.IsOperator(d, settings)).Select(OperatorFound.Of);

    private static string WhyNot(WorkloadDto? deployment, OperatorArguments? arguments, IReadOnlyList<LeaseDto> leases, string unreadable)
    {
        if (deployment is null || arguments is null)
            return "no operator and no lease were found";
        var others = leases.Where(l => l.Namespace == deployment.Namespace && l.Name != arguments.LeaseName).Select(l => l.Name).ToList();
        var left = others.Count > 0 ? $"; {string.Join(", ", others)} is there, and its arguments do not name it" : "";
        var there = leases.Any(l => l.Namespace == deployment.Namespace) ? "; a lease is there, and its arguments do not name it" : "";
        if (!arguments.Elects)
            return $"{deployment.Namespace}/{deployment.Name} runs with --leader-elect=false{there}";
        return unreadable.Length > 0 && arguments.LeaseName != OperatorArguments.DefaultLease
            ? $"{deployment.Namespace}/{deployment.Name} names lease {arguments.LeaseName}, which may not be read: {unreadable}{left}"
            : $"{deployment.Namespace}/{deployment.Name} names lease {arguments.LeaseName}, which is not there{left}";
    }

    /// <summary>By what could be read of it: its labels could not.</summary>
    private static bool MayBeOperator(UnreadObject deployment, ClusterSettings settings) =>
        (settings.KedaNamespace is null || deployment.Namespace.Length == 0 || deployment.Namespace == settings.KedaNamespace)
        && (deployment.Name.Length == 0
            || (settings.OperatorDeployment is { } name ? deployment.Name == name : deployment.Name.Contains("keda", StringComparison.Ordinal)));

    /// <summary>Whether metrics.k8s.io is served; null when we may not know.</summary>
    public static bool? ResourceMetrics(Listing<ApiServiceDto> answer) => answer.Problem.Length > 0 || answer.Unread.Count > 0
        ? null
        : answer.Items.Count > 0 && Conditions.Find(answer.Items[0].Status?.Conditions, "Available") is { IsTrue: true };
}

/// <summary>The operators of one look, as <see cref="Observation"/> has them.</summary>
internal sealed record KedaOperators(OperatorView Rest, ImmutableSortedDictionary<string, OperatorView> Shards, ImmutableArray<string> Untold);
