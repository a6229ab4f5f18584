using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

/// <summary>What the cluster itself says of a target.</summary>
internal static class States
{
    public static bool OnFallback(this TargetState target) =>
        target.Paused == "true" && target.Hpas is [{ HasKedaLabel: false } hpa] && hpa.Name == target.Name + "-fallback";

    /// <summary>As if the reactor had never been there.</summary>
    public static bool WithKedaAlone(this TargetState target) =>
        target.Paused is null
        && target.Hpas is [{ HasKedaLabel: true, OwnerKind: "ScaledObject" }]
        && !target.Annotations.Keys.Any(key => key.StartsWith(Core.Annotations.Prefix, StringComparison.Ordinal));
}
