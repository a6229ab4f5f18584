using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Preflight;

/// <summary>
/// Everything that the reactor ever asks the API server for. Tests hold it against infra/keda/base/reactor both ways, and that against
/// the requests that a running reactor makes.
/// </summary>
internal static class Permissions
{
    private const string Blind = "the cluster could not be seen, and nothing would be decided";
    private const string NoFallback = "fallback HPAs could not be made, changed or taken away";
    private const string NoScale = "workloads with too few replicas could not be raised, nor a fixed number of replicas set";
    private const string NoScaleAgain = "a workload whose pods come or go in that moment could not be raised";

    public static readonly Permission Review = new(
        "create", "authorization.k8s.io", "selfsubjectaccessreviews", Need.ToKnow, "what else is missing could not be checked");

    private static readonly string[] KedaDefinitions =
        ["scaledobjects.keda.sh", "scaledjobs.keda.sh", "triggerauthentications.keda.sh", "clustertriggerauthentications.keda.sh"];

    /// <summary>Asked in the whole cluster but for those that name a namespace.</summary>
    public static readonly ImmutableArray<Permission> Reads =
    [
        new("list", "keda.sh", "scaledobjects", Need.ToLook, Blind),
        new("get", "keda.sh", "scaledobjects", Need.ToLook, "a ScaledObject could not be read again after a conflict, nor an incident be taken up after the store was lost"),
        new("list", "keda.sh", "scaledjobs", Need.ToLook, Blind),
        new("list", "autoscaling", "horizontalpodautoscalers", Need.ToLook, Blind),
        new("list", "apps", "deployments", Need.ToLook, Blind),
        new("list", "apps", "statefulsets", Need.ToLook, "with a ScaledObject on a StatefulSet the cluster could not be seen"),
        new("list", "", "events", Need.ToLook, Blind),
        new("list", "coordination.k8s.io", "leases", Need.ToLook, Blind) { Name = "operator.keda.sh" },
        new("list", "apiregistration.k8s.io", "apiservices", Need.ToLook, Blind) { Name = "v1beta1.external.metrics.k8s.io" },
        new("list", "apiregistration.k8s.io", "apiservices", Need.ToKnow, "whether CPU metrics are served would not be known") { Name = "v1beta1.metrics.k8s.io" },
        new("list", "coordination.k8s.io", "leases", Need.ToKnow, "whether the HPA controller itself works would not be known") { Name = "kube-controller-manager", Namespace = "kube-system" },
        new("list", "", "services", Need.ToKnow, "whether the external metrics API and the webhooks lead to KEDA would be known by the namespace alone"),
        new("list", "admissionregistration.k8s.io", "validatingwebhookconfigurations", Need.ToKnow, "a webhook that refuses every pause would not be known before a trip"),
        .. KedaDefinitions.Select(name => new Permission("list", "apiextensions.k8s.io", "customresourcedefinitions", Need.ToKnow, "why a resource of KEDA's is not served would not be known") { Name = name }),
        new("list", "", "namespaces", Need.ToKnow, "which namespaces a mesh puts sidecars into would not be known"),
        new("list", "autoscaling.k8s.io", "verticalpodautoscalers", Need.ToKnow, "workloads whose CPU requests a VerticalPodAutoscaler moves would get a CPU HPA"),
        new("get", null, "/apis", Need.ToKnow, "which API versions are served would not be known"),
        new("get", null, "/version", Need.ToKnow, "the version of Kubernetes would not be known"),
        new("get", null, "/apis/*", Need.ToKnow, "workloads of another kind than Deployment and StatefulSet could not be scaled"),
        new("get", null, "/api/*", Need.ToKnow, "workloads of a kind of the core group could not be scaled"),
    ];

    /// <summary>Asked in each namespace in which an operator names a lease of its own (--leader-election-id).</summary>
    public static readonly Permission Leases = new(
        "list", "coordination.k8s.io", "leases", Need.ToKnow, "an operator there that hangs would not be noticed by its lease, which has a name of its own");

    /// <summary>Asked in each guarded namespace.</summary>
    public static readonly ImmutableArray<Permission> Writes =
    [
        new("patch", "keda.sh", "scaledobjects", Need.ToAct, "pauses and marks could not be written"),
        new("create", "autoscaling", "horizontalpodautoscalers", Need.ToAct, NoFallback),
        new("patch", "autoscaling", "horizontalpodautoscalers", Need.ToAct, NoFallback),
        new("delete", "autoscaling", "horizontalpodautoscalers", Need.ToAct, "KEDA's HPA could not make room for the fallback, nor the fallback be taken away"),
        new("get", "apps", "deployments/scale", Need.ToAct, NoScaleAgain),
        new("patch", "apps", "deployments/scale", Need.ToAct, NoScale),
        new("get", "apps", "statefulsets/scale", Need.ToAct, NoScaleAgain),
        new("patch", "apps", "statefulsets/scale", Need.ToAct, NoScale),
        new("create", "", "events", Need.ToAct, "what happens to a ScaledObject, and that no channel takes a page, could not be said on it"),
    ];

    /// <summary>All, with the guarded namespaces filled in; none guarded by name: the writes in the whole cluster.</summary>
    /// <param name="guarded">Namespaces that are guarded by name.</param>
    /// <param name="leases">Namespaces with a lease of another name than KEDA's own.</param>
    public static IEnumerable<Permission> In(ImmutableArray<string> guarded, ImmutableArray<string> leases) =>
    [
        .. Reads,
        .. leases.Select(ns => Leases with { Namespace = ns }),
        .. guarded.IsEmpty ? Writes : guarded.SelectMany(ns => Writes.Select(write => write with { Namespace = ns })),
    ];
}
