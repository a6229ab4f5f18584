using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Who puts a container into pods at admission, told by the public marks on pod template and namespace; the template does not show that
/// container. One that is not known here costs nothing where one container alone asks for CPU (<see cref="TargetView.Injected"/>).
/// </summary>
internal static class Injectors
{
    private static readonly ImmutableArray<string> Yes = ["true", "enabled", "yes", "y", "on", "1"];

    /// <param name="Container">What it is called in the pod.</param>
    /// <param name="AsksForCpu">Its injector gives it a CPU request unless told otherwise.</param>
    /// <param name="Key">The mark: the pod's own word first, then its namespace's.</param>
    private sealed record Injector(string Container, bool AsksForCpu, string Key)
    {
        /// <summary>The namespace's word counts too.</summary>
        public bool ByNamespace { get; init; }

        /// <summary>Any value but "false" says yes: the name of what is to be injected.</summary>
        public bool ByName { get; init; }

        /// <summary>A mark that gives the container a CPU request, on pod or namespace.</summary>
        public string? RequestKey { get; init; }

        /// <summary>With this mark of the pod's at "true" it is an init container only.</summary>
        public string? InitOnlyKey { get; init; }
    }

    private static readonly ImmutableArray<Injector> Known =
    [
        new("linkerd-proxy", false, "linkerd.io/inject") { ByNamespace = true, RequestKey = "config.linkerd.io/proxy-cpu-request" },
        new("daprd", false, "dapr.io/enabled") { RequestKey = "dapr.io/sidecar-cpu-request" },
        new("consul-dataplane", false, "consul.hashicorp.com/connect-inject") { RequestKey = "consul.hashicorp.com/sidecar-proxy-cpu-request" },
        new("kuma-sidecar", true, "kuma.io/sidecar-injection") { ByNamespace = true },
        new("envoy", true, "appmesh.k8s.aws/sidecarInjectorWebhook") { ByNamespace = true },
        new("envoy", false, "openservicemesh.io/sidecar-injection") { ByNamespace = true },
        new("vault-agent", true, "vault.hashicorp.com/agent-inject") { InitOnlyKey = "vault.hashicorp.com/agent-pre-populate-only" },
        new("datadog-agent-injected", true, "agent.datadoghq.com/sidecar") { ByName = true },
        new("otc-container", false, "sidecar.opentelemetry.io/inject") { ByNamespace = true, ByName = true },
        new("jaeger-agent", false, "sidecar.jaegertracing.io/inject") { ByNamespace = true, ByName = true },
        new("azwi-proxy", false, "azure.workload.identity/inject-proxy-sidecar"),
        new("gke-gcsfuse-sidecar", true, "gke-gcsfuse/volumes"),
    ];

    /// <summary>The containers that pods of this template get besides their own, each with whether it asks for CPU.</summary>
    public static ImmutableArray<ContainerView> Of(MetaDto? pod, MetaDto? space) =>
    [
        .. Istio(pod, space) ? [new ContainerView("istio-proxy", true)] : ImmutableArray<ContainerView>.Empty,
        .. Known.Where(i => Says(i, pod, space)).Select(i => new ContainerView(i.Container, i.AsksForCpu || Mark(pod, i.RequestKey) is not null || Mark(space, i.RequestKey) is not null)),
    ];

    private static bool Says(Injector injector, MetaDto? pod, MetaDto? space)
    {
        var said = Mark(pod, injector.Key) ?? (injector.ByNamespace ? Mark(space, injector.Key) : null);
        return said is { Length: > 0 }
            && (injector.ByName ? !said.Equals("false", StringComparison.OrdinalIgnoreCase) : Yes.Contains(said.ToLowerInvariant()) || (said == "ingress" && injector.Container == "linkerd-proxy"))
            && Mark(pod, injector.InitOnlyKey) is not "true";
    }

    /// <summary>
    /// Its labels stand in an order of their own, and an ambient mesh has no sidecars: there a namespace's revision names the control plane of
    /// its waypoints.
    /// </summary>
    private static bool Istio(MetaDto? pod, MetaDto? space) => Mark(pod, "sidecar.istio.io/inject") switch
    {
        { } own => own == "true",
        null when Label(space, "istio-injection") is { } all => all == "enabled",
        null => Label(pod, "istio.io/rev") is not null || (Label(space, "istio.io/rev") is not null && Label(space, "istio.io/dataplane-mode") != "ambient"),
    };

    private static string? Mark(MetaDto? meta, string? key) => key is null ? null : Label(meta, key) ?? meta?.Annotations?.GetValueOrDefault(key);

    private static string? Label(MetaDto? meta, string key) => meta?.Labels?.GetValueOrDefault(key);
}
