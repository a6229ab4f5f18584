using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>What one look at the cluster saw: only the fields that decisions need.</summary>
public sealed record Observation
{
    /// <summary>Our clock when the look began.</summary>
    public required DateTimeOffset At { get; init; }

    public required ImmutableSortedDictionary<TargetId, TargetView> Targets { get; init; }

    public required OperatorView Operator { get; init; }

    public required MetricsServerView MetricsServer { get; init; }

    /// <summary>
    /// Targets with marks of ours that the panel does not know, read again one by one: a list may be older than our own last write, and
    /// marks are adopted only from what is true now.
    /// </summary>
    public ImmutableSortedSet<TargetId> ReadAgain { get; init; } = [];

    /// <summary>The resource metrics API (metrics.k8s.io) that CPU HPAs read; null when nothing was said about it.</summary>
    public bool? ResourceMetrics { get; init; }

    /// <summary>
    /// Last renewal of the lease of kube-controller-manager, in which the HPA controller runs; null where it can't be seen. A lease that stands
    /// still beside it is no evidence against KEDA: then nobody's lease is renewed.
    /// </summary>
    public DateTimeOffset? ControllerManagerRenewTime { get; init; }

    /// <summary>ScaledJobs are never changed; pages name them as unprotected.</summary>
    public ImmutableArray<TargetId> ScaledJobs { get; init; } = [];
}

/// <summary>KEDA's operator by the two signs it gives: its Deployment and its leader lease.</summary>
public sealed record OperatorView
{
    /// <summary>Null when no Deployment carries the operator's labels.</summary>
    public string? Namespace { get; init; }

    public string? Deployment { get; init; }

    /// <summary>spec.replicas; null when the Deployment was not found.</summary>
    public int? WantedReplicas { get; init; }

    /// <summary>Null when the Deployment was not found.</summary>
    public int? AvailableReplicas { get; init; }

    /// <summary>"keda-system/operator.keda.sh": the lease that the operator's own arguments name, where it stands; null when none counts.</summary>
    public string? Lease { get; init; }

    /// <summary>Why no lease counts (<c>--leader-elect=false</c>, another name, not granted): then only the Deployment tells.</summary>
    public string NoLease { get; init; } = "";

    /// <summary>The lease's last renewTime; null without one.</summary>
    public DateTimeOffset? LeaseRenewTime { get; init; }

    public string? LeaseHolder { get; init; }
}

/// <summary>The APIService v1beta1.external.metrics.k8s.io. It stays Available when only the operator is dead.</summary>
public sealed record MetricsServerView
{
    public required bool Available { get; init; }

    /// <summary>The condition's reason, or "NotFound".</summary>
    public string Reason { get; init; } = "";

    public string Message { get; init; } = "";
}
