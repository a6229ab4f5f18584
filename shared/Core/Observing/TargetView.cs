using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>One ScaledObject with its workload and every HPA that points at that workload.</summary>
public sealed record TargetView
{
    public required TargetId Id { get; init; }

    public required string Uid { get; init; }

    public required string ResourceVersion { get; init; }

    /// <summary>True once a deletionTimestamp is set: no new writes.</summary>
    public bool Deleting { get; init; }

    public required WorkloadRef Workload { get; init; }

    /// <summary>spec.minReplicaCount, KEDA's default 0.</summary>
    public int Min { get; init; }

    /// <summary>spec.maxReplicaCount, KEDA's default 100.</summary>
    public int Max { get; init; } = 100;

    /// <summary>spec.fallback.replicas when the ScaledObject has a fallback of its own.</summary>
    public int? OwnFallbackReplicas { get; init; }

    /// <summary>spec.fallback.behavior (KEDA 2.17); null when it has no fallback of its own, or says nothing: then it is static.</summary>
    public string? OwnFallbackBehavior { get; init; }

    public ImmutableArray<TriggerView> Triggers { get; init; } = [];

    /// <summary>Annotations of KEDA's and ours only (autoscaling.keda.sh/…, reactor.sophia-intel.ai/…).</summary>
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What we signed and wrote there at its trip, when it is there and is ours.</summary>
    public TargetMemory? Memory { get; init; }

    /// <summary>The memory is signed with the key that is being replaced: it must be signed anew before that one goes.</summary>
    public bool MemoryByOldKey { get; init; }

    /// <summary>Why the memory that stands there is not to be believed; empty when there is none, or it is.</summary>
    public string MemoryProblem { get; init; } = "";

    /// <summary>Its labels, where an operator chooses its share by them; empty elsewhere.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The Ready condition; null while KEDA has not written one.</summary>
    public ConditionView? Ready { get; init; }

    /// <summary>The Fallback condition: True when KEDA's own fallback has taken over.</summary>
    public ConditionView? KedaFallback { get; init; }

    /// <summary>True once KEDA has written status.hpaName: it has made an HPA for it.</summary>
    public bool HpaNamed { get; init; }

    /// <summary>False when its workload's kind was asked for and is not served here.</summary>
    public bool KindServed { get; init; } = true;

    /// <summary>The name that KEDA's HPA has or would have.</summary>
    public required string KedaHpaName { get; init; }

    /// <summary>Null when the workload does not exist.</summary>
    public WorkloadView? Replicas { get; init; }

    /// <summary>Every HPA whose scaleTargetRef is this workload.</summary>
    public ImmutableArray<HpaView> Hpas { get; init; } = [];

    /// <summary>
    /// The HPA that has the name of this ScaledObject's fallback and stands on another workload: a stranger's, or ours from before its
    /// scaleTargetRef was changed.
    /// </summary>
    public HpaView? NamesakeElsewhere { get; init; }

    /// <summary>Who wrote this object last, KEDA's status and ourselves apart, as its managedFields say; null when nobody else has.</summary>
    public FieldWriter? LastWriter { get; init; }

    /// <summary>The field manager beside us that set <see cref="Core.Annotations.Paused"/>, alone or as we did; empty when nobody else shows.</summary>
    public string PauseSetBy { get; init; } = "";

    /// <summary>status.pausedReplicaCount: the count of a paused-replicas that an operator has carried out.</summary>
    public int? PausedReplicaCount { get; init; }

    /// <summary>Containers that somebody puts into its pods at admission, which the pod template does not show, as far as that is known.</summary>
    public ImmutableArray<ContainerView> Injected { get; init; } = [];

    /// <summary>The VerticalPodAutoscaler that sets the CPU requests of this workload; empty when none does.</summary>
    public string VpaOnCpu { get; init; } = "";

    /// <summary>Why replicas that are wanted can't come up (no room, a quota used up), in the cluster's words; empty when nothing says so.</summary>
    public string Shortage { get; init; } = "";

    /// <summary>SuccessfulRescale events of KEDA's HPA, one for each aggregated Event object.</summary>
    public ImmutableArray<RescaleEvent> Rescales { get; init; } = [];

    /// <summary>One of those events could not be read: what is there of them says nothing about how often it moved.</summary>
    public bool RescalesUnread { get; init; }

    /// <summary>
    /// KEDA's mirror of its HPA's ScalingActive, from 2.20.2 on (#7914), as of its last poll; null until an HPA said something, and before 2.20.2
    /// always. While paused it stands still.
    /// </summary>
    public ConditionView? HpaActive { get; init; }

    /// <summary>KEDA's HPA on this workload, when it stands.</summary>
    public HpaView? KedaHpa => Hpas.FirstOrDefault(h => h.Owner == HpaOwner.Keda);

    /// <summary>Our fallback HPA on this workload, when it stands.</summary>
    public HpaView? FallbackHpa => Hpas.FirstOrDefault(h => h.Owner == HpaOwner.Reactor);

    /// <summary>Every HPA that we made for this ScaledObject, wherever it stands now.</summary>
    public IEnumerable<HpaView> OurHpas => Hpas.Append(NamesakeElsewhere).OfType<HpaView>().Where(h => h.Owner == HpaOwner.Reactor);

    /// <summary>An HPA on this workload that is neither KEDA's nor ours.</summary>
    public HpaView? ForeignHpa => Hpas.FirstOrDefault(h => h.Owner == HpaOwner.Other);
}

/// <summary>What scaleTargetRef points at.</summary>
public sealed record WorkloadRef(string ApiVersion, string Kind, string Name)
{
    public override string ToString() => $"{Kind} {Name}";
}

/// <summary>A field manager and the time of its last write, whole seconds by the cluster's clock.</summary>
public sealed record FieldWriter(string Manager, DateTimeOffset At);

/// <summary>Status "True", "False" or "Unknown", with its reason and words.</summary>
public sealed record ConditionView(string Status, string Reason, string Message)
{
    public bool IsTrue => Status == "True";

    public bool IsFalse => Status == "False";
}

/// <summary>A trigger's type and, for cron only, its metadata.</summary>
public sealed record TriggerView(string Type, ImmutableSortedDictionary<string, string> Metadata);

/// <summary>The workload's replicas and what its containers ask for.</summary>
public sealed record WorkloadView
{
    /// <summary>spec.replicas.</summary>
    public required int Desired { get; init; }

    /// <summary>status.availableReplicas.</summary>
    public int Available { get; init; }

    /// <summary>Who says so.</summary>
    public ReplicaSource Source { get; init; }

    /// <summary>Who gave <see cref="Desired"/> its value, as the workload's managedFields say; null when nothing says so.</summary>
    public FieldWriter? SetBy { get; init; }

    /// <summary>Of the workload, which is that of its /scale too; empty when the count came from elsewhere.</summary>
    public string ResourceVersion { get; init; } = "";

    /// <summary>Containers in the order of the pod template; empty when the kind does not show them.</summary>
    public ImmutableArray<ContainerView> Containers { get; init; } = [];
}

/// <summary>Where a replica count was read: kinds of others are not listed, and are asked only when it matters.</summary>
public enum ReplicaSource
{
    /// <summary>The workload itself.</summary>
    Workload,

    /// <summary>Its /scale.</summary>
    Scale,

    /// <summary>The status of an HPA that has synced.</summary>
    Hpa,

    /// <summary>Nobody: the counts mean nothing.</summary>
    Nobody,
}

public sealed record ContainerView(string Name, bool HasCpuRequest);

/// <summary>Whose an HPA is, by name, owner reference and label; never by annotation, which KEDA copies from the ScaledObject.</summary>
public enum HpaOwner
{
    Keda,
    Reactor,
    Other,
}

public sealed record HpaView
{
    public required string Name { get; init; }

    public required string Uid { get; init; }

    public required HpaOwner Owner { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public int Min { get; init; } = 1;

    /// <summary>The field manager beside us that wrote <see cref="Min"/> last; empty when we alone did.</summary>
    public string MinSetBy { get; init; } = "";

    public int Max { get; init; }

    public int CurrentReplicas { get; init; }

    public int DesiredReplicas { get; init; }

    /// <summary>averageUtilization of a CPU metric, when it has one.</summary>
    public int? CpuUtilization { get; init; }

    /// <summary>uid of the ScaledObject that owns it without being its controller: of ours, the one that it was made for.</summary>
    public string OwnerUid { get; init; } = "";

    /// <summary>behavior.scaleDown.selectPolicy is Disabled.</summary>
    public bool NeverDown { get; init; }

    /// <summary>behavior.scaleUp.selectPolicy is Disabled.</summary>
    public bool NeverUp { get; init; }

    /// <summary>The container of a ContainerResource metric, when it has one.</summary>
    public string? Container { get; init; }

    /// <summary>Null until the HPA's first sync.</summary>
    public ConditionView? ScalingActive { get; init; }
}

/// <summary>One Event object: Kubernetes counts repeats of the same message in it and keeps only the last time.</summary>
public sealed record RescaleEvent
{
    /// <summary>The Event object's name: stable while it is aggregated.</summary>
    public required string EventName { get; init; }

    /// <summary>The size it rescaled to.</summary>
    public required int Size { get; init; }

    public required int Count { get; init; }

    public required DateTimeOffset First { get; init; }

    public required DateTimeOffset Last { get; init; }
}
