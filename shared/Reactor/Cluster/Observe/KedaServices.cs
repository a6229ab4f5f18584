namespace Sophia.Keda.Reactor.Cluster;

internal enum LeadsTo
{
    Keda,
    Others,

    /// <summary>There is no such Service.</summary>
    Nowhere,

    /// <summary>It can't be told.</summary>
    Unknown,
}

/// <summary>Where a Service leads; why, where that is not known.</summary>
internal sealed record Lead(LeadsTo To, string Why = "");

/// <summary>
/// Tells whether a Service leads to a part of KEDA: by the pods that it selects, not by its name, since the name is what others take, and a Helm
/// release may give another. A Service selects pods of its own namespace only.
/// </summary>
internal sealed class KedaServices(BoundedLists lists, Listing<WorkloadDto> deployments, ClusterSettings settings)
{
    private readonly HashSet<string> _operators = [.. deployments.Items.Where(d => OperatorLabels.IsOperator(d, settings)).Select(d => d.Name)];

    /// <summary>Those that are to run, beside the operator where there are several.</summary>
    public IReadOnlyList<WorkloadDto> Own(KedaPart part)
    {
        var all = All(part).Where(d => d.Spec?.Replicas is not 0).ToList();
        if (settings.KedaNamespace is { } set)
            return [.. all.Where(d => d.Namespace == set)];
        var beside = deployments.Items.Where(d => OperatorLabels.IsOperator(d, settings) && d.Spec?.Replicas is not 0).Select(d => d.Namespace).ToHashSet(StringComparer.Ordinal);
        return all.Exists(d => beside.Contains(d.Namespace)) ? [.. all.Where(d => beside.Contains(d.Namespace))] : all;
    }

    public async Task<Lead> OfAsync(KedaPart part, ServiceRefDto service)
    {
        if (service is not { Namespace: { } ns, Name: { } name } || ApiPath.Fault(ns, name) is not null)
            return new Lead(LeadsTo.Unknown, "it names no Service that could be looked up");
        var own = Own(part);
        var found = await lists.ReadAsync(Services(ns) with { FieldSelector = $"metadata.name={name}" });
        if (found.Problem.Length > 0 || found.Unread.Count > 0)
            return Unread(part, own, ns, name, found.Problem.Length > 0 ? found.Problem : found.Unread[0].Object.Problem);
        if (found.Items.Count == 0)
            return new Lead(LeadsTo.Nowhere);
        if (own.Count == 0)
            return NotFound(part);
        if (found.Items[0].Spec?.Selector is not { Count: > 0 } selector)
            return new Lead(LeadsTo.Unknown, $"Service {ns}/{name} selects no pods by labels");
        var selected = deployments.Items.Where(d => d.Namespace == ns && Selects(selector, d)).ToList();
        if (selected.Exists(own.Contains))
            return new Lead(LeadsTo.Keda);
        if (selected.Find(d => part.Is(d, _operators)) is { } another)
            return new Lead(LeadsTo.Unknown, $"{ns}/{another.Name} looks like KEDA's {part.Words} too, beside {own[0].Namespace}/{own[0].Name}");
        return selected.Count == 0 && deployments.Unread.Any(d => d.Object.Namespace.Length == 0 || d.Object.Namespace == ns)
            ? new Lead(LeadsTo.Unknown, $"a Deployment in namespace {ns} can't be read")
            : new Lead(LeadsTo.Others);
    }

    /// <summary>KEDA's own Service in front of a part, with the port for TLS; by the Deployment's name, as KEDA names both, where it can't be read.</summary>
    public async Task<(string Namespace, string Name, int Port)?> OwnServiceAsync(KedaPart part)
    {
        const int https = 443;
        if (Own(part) is not [var deployment, ..])
            return null;
        var selecting = (await lists.ReadAsync(Services(deployment.Namespace))).Items
            .Where(s => s.Spec?.Selector is { Count: > 0 } selector && Selects(selector, deployment))
            .OrderByDescending(s => s.Name == deployment.Name)
            .ThenByDescending(s => Port(s) is not null)
            .ThenBy(s => s.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        return (deployment.Namespace, selecting?.Name ?? deployment.Name, (selecting is null ? null : Port(selecting)) ?? https);
    }

    /// <summary>What puts KEDA's objects back as they were installed; empty where nothing says how that was.</summary>
    public string Manifest()
    {
        var annotations = deployments.Items.FirstOrDefault(d => OperatorLabels.IsOperator(d, settings))?.Metadata?.Annotations;
        return annotations?.GetValueOrDefault("meta.helm.sh/release-name") is { } release
            && annotations.GetValueOrDefault("meta.helm.sh/release-namespace") is { } ns && ApiPath.Fault(release, ns) is null
                ? $"helm -n {ns} get manifest {release} | kubectl apply --server-side --force-conflicts -f -"
                : "";
    }

    private IEnumerable<WorkloadDto> All(KedaPart part) => deployments.Items.Where(d => part.Is(d, _operators));

    private static ListOf<ServiceDto> Services(string ns) => new($"api/v1/namespaces/{Uri.EscapeDataString(ns)}/services", "Service", ObserveJson.Default.ServiceDto);

    /// <summary>Without the right to read Services, the namespace alone may tell.</summary>
    private Lead Unread(KedaPart part, IReadOnlyList<WorkloadDto> own, string ns, string name, string problem) =>
        own.Count == 0 ? NotFound(part)
        : own.Any(d => d.Namespace == ns && d.Name == name) ? new Lead(LeadsTo.Keda)
        : All(part).Any(d => d.Namespace == ns) ? new Lead(LeadsTo.Unknown, $"Service {ns}/{name} can't be read: {problem}")
        : new Lead(LeadsTo.Others);

    private Lead NotFound(KedaPart part) => new(LeadsTo.Unknown,
        $"no Deployment of KEDA's {part.Words} that is to run was found{(settings.KedaNamespace is { } ns ? $" in namespace {ns}" : "")}, by image or labels");

    private static bool Selects(Dictionary<string, string?> selector, WorkloadDto deployment) =>
        deployment.Spec?.Template?.Metadata?.Labels is { } labels && selector.All(s => labels.GetValueOrDefault(s.Key) == s.Value);

    private static int? Port(ServiceDto service)
    {
        var ports = service.Spec?.Ports ?? [];
        var tls = ports.FirstOrDefault(p => p?.Name == "https") ?? ports.FirstOrDefault(p => p?.TargetPort?.ToString() is "https" or "6443") ?? ports.FirstOrDefault(p => p?.Port == 443);
        return tls?.Port;
    }
}
