using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Cluster;

internal static class HpaReader
{
    private const int LongestManager = 60;

    public static WorkloadKey Target(HpaDto hpa)
    {
        var target = hpa.Spec?.ScaleTargetRef;
        return WorkloadKey.Of(hpa.Namespace, new WorkloadRef(target?.ApiVersion ?? "", target?.Kind ?? "", target?.Name ?? ""));
    }

    public static HpaView Read(HpaDto hpa, ScaledObjectDto scaled)
    {
        var cpu = (hpa.Spec?.Metrics ?? []).Select(m => m?.Resource ?? m?.ContainerResource).FirstOrDefault(r => r?.Name == "cpu");
        return new HpaView
        {
            Name = hpa.Name,
            Uid = hpa.Uid,
            Owner = OwnerOf(hpa, scaled),
            CreatedAt = hpa.Metadata?.CreationTimestamp ?? DateTimeOffset.UnixEpoch,
            Min = hpa.Spec?.MinReplicas ?? 1,
            MinSetBy = MinSetBy(hpa),
            Max = hpa.Spec?.MaxReplicas ?? 0,
            CurrentReplicas = hpa.Status?.CurrentReplicas ?? 0,
            DesiredReplicas = hpa.Status?.DesiredReplicas ?? 0,
            CpuUtilization = cpu?.Target?.AverageUtilization,
            Container = cpu?.Container,
            OwnerUid = hpa.Metadata?.OwnerReferences?.FirstOrDefault(o => o is { Kind: "ScaledObject", Controller: not true })?.Uid ?? "",
            NeverDown = hpa.Spec?.Behavior?.ScaleDown?.SelectPolicy == "Disabled",
            NeverUp = hpa.Spec?.Behavior?.ScaleUp?.SelectPolicy == "Disabled",
            ScalingActive = Conditions.Find(hpa.Status?.Conditions, "ScalingActive"),
        };
    }

    /// <summary>A write of somebody else takes the field from us; our next apply shares it when it has the same number.</summary>
    private static string MinSetBy(HpaDto hpa) => (hpa.Metadata?.ManagedFields ?? [])
        .Where(m => m is { Manager: { Length: > 0 } manager, FieldsV1.Spec.MinReplicas: not null } && manager != Annotations.Manager)
        .MaxBy(m => m!.Time)?.Manager is { } other
            ? Text.Clean(other, LongestManager)
            : "";

    /// <summary>
    /// By name, owner and label. Annotations prove nothing: KEDA copies the ScaledObject's, ours among them, onto its own HPA.
    /// </summary>
    private static HpaOwner OwnerOf(HpaDto hpa, ScaledObjectDto scaled)
    {
        if (hpa.Metadata?.OwnerReferences?.Any(o => o is { Controller: true, Kind: "ScaledObject" } && o.Uid == scaled.Uid) == true)
            return HpaOwner.Keda;

        var label = hpa.Metadata?.Labels?.GetValueOrDefault(Annotations.ManagedByLabel);
        return label == Annotations.Manager && hpa.Name == FallbackName.For(scaled.Name) ? HpaOwner.Reactor : HpaOwner.Other;
    }
}
