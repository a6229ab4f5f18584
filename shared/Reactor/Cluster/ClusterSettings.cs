using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>What to look at in the cluster, where the defaults do not fit.</summary>
public sealed record ClusterSettings
{
    /// <summary>KEDA's namespace. Null: found by the operator's labels (AKS runs KEDA in kube-system).</summary>
    public string? KedaNamespace { get; init; }

    /// <summary>The name of the operator's Deployment. Null: found by its labels.</summary>
    public string? OperatorDeployment { get; init; }

    /// <summary>Namespaces whose ScaledObjects are targets; empty for all.</summary>
    public ImmutableArray<string> Namespaces { get; init; } = [];

    internal bool Watches(string ns) => Namespaces.IsEmpty || Namespaces.Contains(ns);
}
