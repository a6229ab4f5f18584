using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>An HPA as checks look at it. Owner is the kind that controls it, empty when nobody does.</summary>
public sealed record HpaState(string Name, string Uid, string OwnerKind, int Min, int Max, bool? ScalingActive, string? Reason, bool HasKedaLabel);

public sealed record TargetState(
    string Namespace,
    string Name,
    string Uid,
    WorkloadKey Workload,
    int Replicas,
    int AvailableReplicas,
    int Min,
    int Max,
    ImmutableArray<HpaState> Hpas,
    ImmutableDictionary<string, string> Annotations,
    bool Deleting)
{
    public string? Paused => Annotations.GetValueOrDefault(Keda.PauseAnnotations.PausedKey);
}

/// <summary>Everything that invariants are about, at one moment, unchangeable.</summary>
public sealed record ClusterSnapshot(
    DateTimeOffset At,
    long ResourceVersion,
    Keda.OperatorState Operator,
    bool OperatorLeading,
    bool MetricsServerUp,
    ImmutableArray<TargetState> Targets)
{
    /// <summary>Each of KEDA's operators, by "namespace/name".</summary>
    public ImmutableArray<(string Name, Keda.OperatorState State)> Operators { get; init; } = [];
}
