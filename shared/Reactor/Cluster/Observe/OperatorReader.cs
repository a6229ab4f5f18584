using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Finds KEDA's own parts.</summary>
internal static class OperatorReader
{
    private const string Name = "keda-operator";

    /// <summary>Each costs a list at every look.</summary>
    private const int MostLeases = 4;

    /// <summary>Names of leases, beside KEDA's own, that operators name: rarely any.</summary>
    public static string[] OtherLeases(IReadOnlyList<WorkloadDto> deployments, ClusterSettings settings) =>
    [
        .. deployments.Where(d => IsOperator(d, settings)).Select(OperatorArguments.Of)
            .Where(a => a.Elects && a.LeaseName != OperatorArguments.DefaultLease).Select(a => a.LeaseName)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MostLeases),
    ];

    public static OperatorView Read(Listing<WorkloadDto> deployments, Listing<LeaseDto> kedas, IReadOnlyList<Listing<LeaseDto>> others, ClusterSettings settings)
    {
        List<LeaseDto> leases = [.. kedas.Items, .. others.SelectMany(l => l.Items)];

        // With several (an old installation left behind), the one that is to run, beside the lease that it names and that was renewed last, is the one that works.
        var found = deployments.Items
            .Where(d => IsOperator(d, settings))
            .Select(d => (Deployment: d, Arguments: OperatorArguments.Of(d)))
            .Select(o => (o.Deployment, o.Arguments, Lease: o.Arguments.Elects ? leases.FirstOrDefault(l => l.Namespace == o.Deployment.Namespace && l.Name == o.Arguments.LeaseName) : null))
            .OrderByDescending(o => o.Deployment.Spec?.Replicas is not 0)
            .ThenByDescending(o => o.Lease is not null)
            .ThenByDescending(o => o.Lease?.Spec?.RenewTime)
            .ThenBy(o => o.Deployment.Namespace, StringComparer.Ordinal)
            .ThenBy(o => o.Deployment.Name, StringComparer.Ordinal)
            .FirstOrDefault();

        // Without an operator nobody names a lease: the latest word counts, if it moves.
        // One that can't be read may be the one that counts: then no other stands in for it.
        var unread = kedas.Unread.Concat(others.SelectMany(l => l.Unread)).Any(l => found.Deployment is null
            || (found.Arguments.Elects && l.Object.Namespace is var ns && (ns.Length == 0 || ns == found.Deployment.Namespace)));
        var lease = unread ? null : found.Deployment is null ? leases.OrderByDescending(l => l.Spec?.RenewTime).FirstOrDefault() : found.Lease;
        var readable = lease?.Spec?.RenewTime is not null;
        return new OperatorView
        {
            Namespace = found.Deployment?.Namespace,
            Deployment = found.Deployment?.Name,
            WantedReplicas = found.Deployment is { } wanted ? wanted.Spec?.Replicas ?? 1 : null,
            AvailableReplicas = found.Deployment is { } here ? here.Status?.AvailableReplicas ?? 0 : null,
            Lease = readable ? $"{lease!.Namespace}/{lease.Name}" : null,
            NoLease = readable ? "" : WhyNot(found.Deployment, found.Arguments, leases, string.Join("; ", others.Select(l => l.Problem).Where(p => p.Length > 0))),
            LeaseRenewTime = lease?.Spec?.RenewTime,
            LeaseHolder = lease?.Spec?.HolderIdentity,
            DeploymentUnread = found.Deployment is null && deployments.Unread.Any(d => MayBeOperator(d.Object, settings)),
            LeaseUnread = unread,
        };
    }

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

    /// <summary>By its name and place where the settings have them, by its labels otherwise.</summary>
    public static bool IsOperator(ObjectDto deployment, ClusterSettings settings) =>
        (settings.KedaNamespace is null || deployment.Namespace == settings.KedaNamespace)
        && (settings.OperatorDeployment is { } name ? deployment.Name == name : IsLabelled(deployment));

    /// <summary>By what could be read of it: its labels could not.</summary>
    private static bool MayBeOperator(UnreadObject deployment, ClusterSettings settings) =>
        (settings.KedaNamespace is null || deployment.Namespace.Length == 0 || deployment.Namespace == settings.KedaNamespace)
        && (deployment.Name.Length == 0
            || (settings.OperatorDeployment is { } name ? deployment.Name == name : deployment.Name.Contains("keda", StringComparison.Ordinal)));

    /// <summary>Whether metrics.k8s.io is served; null when we may not know.</summary>
    public static bool? ResourceMetrics(Listing<ApiServiceDto> answer) => answer.Problem.Length > 0 || answer.Unread.Count > 0
        ? null
        : answer.Items.Count > 0 && Conditions.Find(answer.Items[0].Status?.Conditions, "Available") is { IsTrue: true };

    // KEDA's own Helm chart gives part-of=keda-operator and component=operator to the metrics server and the webhooks too: these
    // two tell nothing beside a name label, which each part has as its own. Older or rewritten manifests lack some of them.
    private static bool IsLabelled(ObjectDto deployment)
    {
        var labels = deployment.Metadata?.Labels ?? [];
        if (labels.GetValueOrDefault("app.kubernetes.io/part-of") != Name)
            return false;
        var said = labels.GetValueOrDefault("app.kubernetes.io/name") ?? labels.GetValueOrDefault("app");
        return said is null
            ? deployment.Name == Name || (labels.GetValueOrDefault("app.kubernetes.io/component") == "operator" && !IsOtherPart(deployment.Name))
            : said == Name;
    }

    private static bool IsOtherPart(string name) =>
        name.Contains("metrics", StringComparison.Ordinal) || name.Contains("webhook", StringComparison.Ordinal);
}
