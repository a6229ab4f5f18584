using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>A scale target as HPAs and ScaledObjects are matched by: the group counts, its version does not.</summary>
internal readonly record struct WorkloadKey(string Namespace, string Group, string Kind, string Name)
{
    public bool IsDeployment => Group == "apps" && Kind == "Deployment";

    public bool IsStatefulSet => Group == "apps" && Kind == "StatefulSet";

    public static WorkloadKey Of(ScaledObjectDto scaled) => Of(scaled.Namespace, Ref(scaled));

    public static WorkloadKey Of(string ns, WorkloadRef workload) => new(ns, GroupOf(workload.ApiVersion), workload.Kind, workload.Name);

    /// <summary>The scaleTargetRef with KEDA's defaults.</summary>
    public static WorkloadRef Ref(ScaledObjectDto scaled)
    {
        var target = scaled.Spec?.ScaleTargetRef;
        return new WorkloadRef(
            string.IsNullOrEmpty(target?.ApiVersion) ? "apps/v1" : target.ApiVersion,
            string.IsNullOrEmpty(target?.Kind) ? "Deployment" : target.Kind,
            target?.Name ?? "");
    }

    private static string GroupOf(string apiVersion) => apiVersion.IndexOf('/') is >= 0 and var slash ? apiVersion[..slash] : "";
}
