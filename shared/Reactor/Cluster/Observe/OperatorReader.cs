using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Finds KEDA's own parts.</summary>
internal static class OperatorReader
{
    private const string Name = "keda-operator";

    public static OperatorView Read(Listing<WorkloadDto> deploymentList, Listing<LeaseDto> leaseList, ClusterSettings settings)
    {
        var (deployments, leases) = (deploymentList.Items, leaseList.Items);

        // With several (an old installation left behind), the one beside a lease is the one that works.
        var found = deployments
            .Where(d => IsOperator(d, settings))
            .OrderByDescending(d => leases.Any(l => l.Namespace == d.Namespace))
            .ThenBy(d => d.Namespace, StringComparer.Ordinal)
            .ThenBy(d => d.Name, StringComparer.Ordinal)
            .FirstOrDefault();

        // One that can't be read may be the one that counts: then no other stands in for it.
        var leaseUnread = leaseList.Unread.Any(l => found is null || l.Object.Namespace.Length == 0 || l.Object.Namespace == found.Namespace);

        // With several leases, the operator's namespace decides; without an operator, the latest word counts.
        var lease = leaseUnread ? null : leases
            .OrderByDescending(l => found is not null && l.Namespace == found.Namespace)
            .ThenByDescending(l => l.Spec?.RenewTime)
            .FirstOrDefault();

        return new OperatorView
        {
            Namespace = found?.Namespace,
            Deployment = found?.Name,
            AvailableReplicas = found is null ? null : found.Status?.AvailableReplicas ?? 0,
            LeaseRenewTime = lease?.Spec?.RenewTime,
            LeaseHolder = lease?.Spec?.HolderIdentity,
            DeploymentUnread = found is null && deploymentList.Unread.Any(d => MayBeOperator(d.Object, settings)),
            LeaseUnread = leaseUnread,
        };
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

    /// <summary>Null with the problem when the API server could not say.</summary>
    public static MetricsServerView? MetricsServer(Listing<ApiServiceDto> answer, out string problem)
    {
        problem = answer.Problem;
        if (problem.Length > 0)
            return null;

        if (answer.Items.Count == 0 && answer.Unread.Count > 0)
            return new MetricsServerView { Available = true, Unread = true, Reason = "Unreadable", Message = answer.Unread[0].Object.Problem };

        // No APIService at all is what the removal of KEDA's metrics server looks like.
        if (answer.Items.Count == 0)
            return new MetricsServerView { Available = false, Reason = "NotFound", Message = "there is no such APIService" };
        var available = Conditions.Find(answer.Items[0].Status?.Conditions, "Available");
        return new MetricsServerView
        {
            Available = available is { IsTrue: true },
            Reason = available?.Reason ?? "NoCondition",
            Message = available?.Message ?? "",
        };
    }

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
