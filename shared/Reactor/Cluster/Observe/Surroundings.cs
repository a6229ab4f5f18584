using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>What stands around workloads and decides what kind of HPA suits them: meshes that inject sidecars, and VPAs that set requests.</summary>
internal sealed class Surroundings
{
    private readonly Dictionary<string, ObjectDto> _namespaces;
    private readonly ILookup<WorkloadKey, VpaDto> _vpas;

    public Surroundings(IReadOnlyList<ObjectDto> namespaces, IReadOnlyList<VpaDto> vpas)
    {
        _namespaces = namespaces.DistinctBy(n => n.Name).ToDictionary(n => n.Name, StringComparer.Ordinal);
        _vpas = vpas.ToLookup(v => WorkloadKey.Of(v.Namespace, new WorkloadRef(v.Spec?.TargetRef?.ApiVersion ?? "", v.Spec?.TargetRef?.Kind ?? "", v.Spec?.TargetRef?.Name ?? "")));
    }

    public static Surroundings None { get; } = new([], []);

    /// <summary>By the marks that Istio and Linkerd go by: the pod's own word first, then its namespace's.</summary>
    public bool MeshInjects(string ns, WorkloadDto? workload)
    {
        var pod = workload?.Spec?.Template?.Metadata;
        var space = _namespaces.GetValueOrDefault(ns)?.Metadata;
        var istio = (Label(pod, "sidecar.istio.io/inject") ?? Annotation(pod, "sidecar.istio.io/inject")) switch
        {
            { } own => own == "true",
            null => Label(space, "istio-injection") is { } all ? all == "enabled" : (Label(pod, "istio.io/rev") ?? Label(space, "istio.io/rev")) is not null,
        };
        var linkerd = (Annotation(pod, "linkerd.io/inject") ?? Annotation(space, "linkerd.io/inject")) is "enabled" or "ingress";
        return istio || linkerd;
    }

    /// <summary>The name of a VPA that changes the CPU requests of this workload's pods; empty without one. One that only recommends changes nothing.</summary>
    public string VpaOnCpu(WorkloadKey key, WorkloadDto? workload) =>
        _vpas[key].FirstOrDefault(vpa => vpa.Spec?.UpdatePolicy?.UpdateMode != "Off" && Containers(workload).Any(c => SetsCpu(vpa, c)))?.Name ?? "";

    private static bool SetsCpu(VpaDto vpa, string container)
    {
        var policies = vpa.Spec?.ResourcePolicy?.ContainerPolicies ?? [];
        var policy = policies.FirstOrDefault(p => p?.ContainerName == container) ?? policies.FirstOrDefault(p => p?.ContainerName == "*");
        return policy?.Mode != "Off" && (policy?.ControlledResources is not { Count: > 0 } controlled || controlled.Contains("cpu"));
    }

    /// <summary>A kind whose pods are not seen is taken for one container of any name.</summary>
    private static IEnumerable<string> Containers(WorkloadDto? workload) =>
        workload?.Spec?.Template?.Spec?.Containers is { Count: > 0 } containers ? containers.Select(c => c?.Name ?? "") : [""];

    private static string? Label(MetaDto? meta, string key) => meta?.Labels?.GetValueOrDefault(key);

    private static string? Annotation(MetaDto? meta, string key) => meta?.Annotations?.GetValueOrDefault(key);
}
