using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>One idempotent, guarded write. Only <see cref="Plan"/> makes them.</summary>
public abstract record ClusterWrite
{
    public required TargetId Target { get; init; }

    /// <summary>What it is for, as the audit says it.</summary>
    public required string Purpose { get; init; }

    /// <summary>What was seen there when it was decided, as the audit says it; what an annotation was, the write says itself.</summary>
    public string Before { get; init; } = "(none)";
}

/// <summary>Merge patch of a ScaledObject's annotations; a null value removes the key. Guarded by resourceVersion and uid.</summary>
public sealed record AnnotateScaledObject : ClusterWrite
{
    public required string Uid { get; init; }

    public required string ResourceVersion { get; init; }

    public required ImmutableSortedDictionary<string, string?> Annotations { get; init; }

    /// <summary>
    /// The annotations that this write was decided on. After a 409 the object is read again: when these are unchanged
    /// the write is still right and goes out with the new resourceVersion; when they changed, the chain ends.
    /// </summary>
    public required ImmutableSortedDictionary<string, string?> DecidedOn { get; init; }

    /// <summary>Who beside us had set the pause then (<see cref="TargetView.PauseSetBy"/>): where <see cref="DecidedOn"/> names it, this counts too.</summary>
    public string PauseSetBy { get; init; } = "";

    /// <summary>Signed and written as <see cref="Annotations.Memory"/> with the rest, when not null.</summary>
    public TargetMemory? Memory { get; init; }
}

/// <summary>Deletes an HPA, guarded by its uid. Gone already is as good as done.</summary>
public sealed record DeleteHpa : ClusterWrite
{
    public required string Name { get; init; }

    public required string Uid { get; init; }

    public required HpaOwner Owner { get; init; }
}

/// <summary>Server-side apply of the fallback HPA with field manager sophia-keda-reactor.</summary>
public sealed record ApplyFallbackHpa : ClusterWrite
{
    public required FallbackHpa Hpa { get; init; }

    /// <summary>
    /// uid of ours that is adjusted: what others wrote into it is overruled. Null when there is none: then nothing is overruled, so that an HPA of
    /// this name that a stranger makes in the same moment is a conflict and not taken over.
    /// </summary>
    public string? Uid { get; init; }
}

/// <summary>Sets the workload's replicas through /scale, where the fallback HPA does not, or not in time.</summary>
public sealed record ScaleWorkload : ClusterWrite
{
    public required WorkloadRef Workload { get; init; }

    public required int Replicas { get; init; }

    /// <summary>Why it is not left to the fallback HPA.</summary>
    public required Reason Because { get; init; }

    /// <summary>
    /// The count that it was decided on. After a 409 the /scale is read again: with this count the write is still right and goes out with the
    /// new resourceVersion; any other is somebody's act, and it does not go out.
    /// </summary>
    public required int From { get; init; }

    /// <summary>Of the /scale that was seen; empty when the count came from elsewhere: then it is read before the write.</summary>
    public string ResourceVersion { get; init; } = "";
}

/// <summary>The fallback HPA as it should be.</summary>
public sealed record FallbackHpa
{
    public required string Name { get; init; }

    public required WorkloadRef Workload { get; init; }

    public required int Min { get; init; }

    public required int Max { get; init; }

    public required int CpuUtilization { get; init; }

    /// <summary>Not null: a ContainerResource metric of this container (a mesh sidecar has no CPU request).</summary>
    public string? Container { get; init; }

    /// <summary>A human paused scaling in: the fallback never scales down either.</summary>
    public bool NeverDown { get; init; }

    /// <summary>A human paused scaling out: the fallback never scales up beyond its min either.</summary>
    public bool NeverUp { get; init; }

    /// <summary>The ScaledObject that owns it, so that nothing is orphaned and KEDA's webhook counts it as owned.</summary>
    public required string OwnerUid { get; init; }

    public required string IncidentId { get; init; }
}

/// <summary>Writes of one target that need no look in between. A refusal ends the chain until the next look.</summary>
public sealed record WriteChain(TargetId Target, ImmutableArray<ClusterWrite> Writes);

/// <summary>How a write ended.</summary>
public enum Outcome
{
    Done,

    /// <summary>The cluster was already as wanted (delete of what is gone).</summary>
    AlreadyDone,

    /// <summary>The object changed under us in a way that the decision depends on.</summary>
    Conflict,

    /// <summary>The API server or a webhook said no (4xx): asking again changes nothing.</summary>
    Refused,

    /// <summary>429, 5xx or no connection: nothing was changed as far as we know.</summary>
    Failed,

    /// <summary>The request went out and no answer came: it may have been done. The next look finds out.</summary>
    LostReply,

    /// <summary>Not sent, because an earlier write of its chain did not succeed, or the lease would not outlive it.</summary>
    Skipped,
}

/// <summary>One write with its end, as the audit keeps it.</summary>
public sealed record WriteOutcome
{
    public required ClusterWrite Write { get; init; }

    public required Outcome Outcome { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>HTTP status, when there was an answer.</summary>
    public int? Status { get; init; }

    /// <summary>The server's words, or ours.</summary>
    public string Detail { get; init; } = "";

    /// <summary>resourceVersion after the write, when the answer said it.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Time that the request took.</summary>
    public TimeSpan Took { get; init; }
}
