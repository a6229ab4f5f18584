using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>What stands around workloads and decides what kind of HPA suits them: injectors of sidecars, and VPAs that set requests.</summary>
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

    /// <summary>The containers that are put into the pods of this workload at admission, as far as somebody's marks say so.</summary>
    public ImmutableArray<ContainerView> Injected(string ns, WorkloadDto? workload) =>
        Injectors.Of(workload?.Spec?.Template?.Metadata, _namespaces.GetValueOrDefault(ns)?.Metadata);

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
}
