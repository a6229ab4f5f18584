using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>What one look at the cluster saw: only the fields that decisions need.</summary>
public sealed record Observation
{
    /// <summary>Our clock when the look began.</summary>
    public required DateTimeOffset At { get; init; }

    public required ImmutableSortedDictionary<TargetId, TargetView> Targets { get; init; }

    /// <summary>
    /// The operator that serves whatever no other says to be its share: of nearly every KEDA the only one. Without a Deployment where each
    /// operator has a share of its own.
    /// </summary>
    public required OperatorView Operator { get; init; }

    /// <summary>Operators with a share of their own, by <see cref="OperatorView.Name"/>: one can die while the others live.</summary>
    public ImmutableSortedDictionary<string, OperatorView> Shards { get; init; } = ImmutableSortedDictionary<string, OperatorView>.Empty;

    /// <summary>Why operators are taken for one although there are several, or for the one that serves all: what their share is can't be told.</summary>
    public ImmutableArray<string> SharesUntold { get; init; } = [];

    public required MetricsServerView MetricsServer { get; init; }

    /// <summary>
    /// Targets with marks of ours that the panel does not know, read again one by one: a list may be older than our own last write, and
    /// marks are adopted only from what is true now.
    /// </summary>
    public ImmutableSortedSet<TargetId> ReadAgain { get; init; } = [];

    /// <summary>Resources of keda.sh and webhook configurations for them, as the API server has them; one without a name stands for all of its kind.</summary>
    public ImmutableArray<Registration> Registrations { get; init; } = [];

    /// <summary>
    /// KEDA's webhooks are to run: a configuration that was there and is not among <see cref="Registrations"/> is missing.
    /// Who takes the webhooks out of KEDA takes their Deployment away too.
    /// </summary>
    public bool WebhooksExpected { get; init; }

    /// <summary>The resource metrics API (metrics.k8s.io) that CPU HPAs read; null when nothing was said about it.</summary>
    public bool? ResourceMetrics { get; init; }

    /// <summary>Kubernetes is known to be too old for ContainerResource metrics (before 1.27) when false.</summary>
    public bool ContainerMetrics { get; init; } = true;

    /// <summary>
    /// Last renewal of the lease of kube-controller-manager, in which the HPA controller runs; null where it can't be seen. A lease that stands
    /// still beside it is no evidence against KEDA: then nobody's lease is renewed.
    /// </summary>
    public DateTimeOffset? ControllerManagerRenewTime { get; init; }

    /// <summary>ScaledJobs are never changed; pages name them as unprotected.</summary>
    public ImmutableArray<TargetId> ScaledJobs { get; init; } = [];

    /// <summary>Objects that could not be read, each by itself.</summary>
    public ImmutableArray<UnreadObject> Unread { get; init; } = [];

    /// <summary>
    /// Targets of which something could not be read (the ScaledObject, its workload, an HPA on it), with what was wrong. They are not among
    /// <see cref="Targets"/>: they are not touched, are no sign, and are not gone.
    /// </summary>
    public ImmutableSortedDictionary<TargetId, string> Unknown { get; init; } = ImmutableSortedDictionary<TargetId, string>.Empty;

    /// <summary>The lists of ScaledObjects that this look is made of, by namespace; "" is one list of all namespaces.</summary>
    public ImmutableArray<string> Lists { get; init; } = [""];

    /// <summary>Those of <see cref="Lists"/> that came empty and are not believed yet (<see cref="EmptyLists"/>).</summary>
    public ImmutableArray<string> Doubted { get; init; } = [];

    /// <summary>Why nothing is known of this target now, although it may well be there; null when it was seen, or is not there.</summary>
    public string? UnknownBecause(TargetId id)
    {
        if (Targets.ContainsKey(id))
            return null;
        if (Unknown.TryGetValue(id, out var why))
            return why;
        if (Doubted.Any(list => EmptyLists.Holds(list, id)))
            return "the list of ScaledObjects came empty, which is believed when a look a probe later says the same";

        // A ScaledObject without a readable name may be any that is missing.
        return Unread.FirstOrDefault(u => u is { Kind: "ScaledObject", Name: "" } && (u.Namespace.Length == 0 || u.Namespace == id.Namespace))?.ToString();
    }

    /// <summary>True when nothing is known of this target now, although it may well be there.</summary>
    public bool IsUnknown(TargetId id) => UnknownBecause(id) is not null;

    /// <summary>True when a selection means at least one target that was seen, or that may be there unseen.</summary>
    public bool Knows(Selection selection) => Targets.Keys.Any(selection.Covers) || Unknown.Keys.Any(selection.Covers)
        || (selection is { Namespace: { } ns, Name: { } name } && IsUnknown(new TargetId(ns, name)));
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

    /// <summary>The Deployment may be there and could not be read: that it was not found says nothing.</summary>
    public bool DeploymentUnread { get; init; }

    /// <summary>The lease is there and could not be read: that there is no renewTime says nothing.</summary>
    public bool LeaseUnread { get; init; }

    /// <summary>Its share; null for the one that serves the rest.</summary>
    public OperatorShare? Share { get; init; }

    /// <summary>True for one that serves all, also what is in another's share: then both serve it.</summary>
    public bool ServesAll { get; init; }

    /// <summary>
    /// "keda-system/keda-operator-a": what its incident, its signs and its page are called by, the first of <see cref="Deployments"/>. Empty for the
    /// one that serves the rest.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>Every Deployment that is read as this operator ("keda-system/keda-operator"): replicas of one another, or an old installation.</summary>
    public ImmutableArray<string> Deployments { get; init; } = [];

    /// <summary>ScaledJobs of its share.</summary>
    public ImmutableArray<TargetId> ScaledJobs { get; init; } = [];
}

/// <summary>The APIService v1beta1.external.metrics.k8s.io. It stays Available when only the operator is dead.</summary>
public sealed record MetricsServerView
{
    public required bool Available { get; init; }

    /// <summary>The APIService is there and could not be read: <see cref="Available"/> says nothing.</summary>
    public bool Unread { get; init; }

    /// <summary>Set when it leads to somebody else than KEDA's metrics server, whether it is Available or not.</summary>
    public Taken? Taken { get; init; }

    /// <summary>Why it can't be told to whom it leads; empty when it can.</summary>
    public string Doubt { get; init; } = "";

    /// <summary>The command that makes it KEDA's again, when it is gone or taken and one is known.</summary>
    public string GiveBack { get; init; } = "";

    /// <summary>The condition's reason, or "NotFound".</summary>
    public string Reason { get; init; } = "";

    public string Message { get; init; } = "";
}
