using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Sophia.Keda.Reactor.Core;

/// <summary>A target that carries our marks: on its way to the fallback, on it, or on its way back.</summary>
public sealed record TrippedTarget
{
    public required TargetId Id { get; init; }

    /// <summary>The ScaledObject's uid at the trip: another uid is another object.</summary>
    public required string Uid { get; init; }

    /// <summary>The incident whose name stands in the annotation: the first that tripped it.</summary>
    public required string IncidentId { get; init; }

    public required Phase Phase { get; init; }

    /// <summary>When the phase began.</summary>
    public required DateTimeOffset Since { get; init; }

    public required TargetMemory Memory { get; init; }

    /// <summary>When KEDA was told to take it back; null while it is wanted on the fallback.</summary>
    public DateTimeOffset? HandbackSince { get; init; }

    /// <summary>Since when the key removal has gone unnoticed and "false" stands instead (a known KEDA deafness).</summary>
    public DateTimeOffset? WakingSince { get; init; }

    /// <summary>When our pause or our delete had to be put back.</summary>
    public ImmutableArray<DateTimeOffset> PutBacks { get; init; } = [];

    /// <summary>uid of the KEDA HPA whose return was counted last.</summary>
    public string ReturnedHpa { get; init; } = "";

    /// <summary>The last refusal that stands in the way, in the server's words; empty when nothing does.</summary>
    public string Problem { get; init; } = "";

    /// <summary>Which of its cron triggers can't be evaluated, and why: it keeps what ran until it is back with KEDA. Empty when all can.</summary>
    public string CronUnread { get; init; } = "";

    /// <summary>True once people were told that the fallback HPA does not scale.</summary>
    public bool ToldNotScaling { get; init; }

    /// <summary>When its fallback was told to watch another container: what it says until its next syncs is of before. Null when it never was.</summary>
    public DateTimeOffset? WatchedSince { get; init; }

    /// <summary>Since when replicas that the fallback wants can't come up; null while nothing says so.</summary>
    public DateTimeOffset? ShortSince { get; init; }

    /// <summary>True once people were told of that.</summary>
    public bool ToldShort { get; init; }

    /// <summary>When KEDA's HPA went; null while it stands, or nobody has seen yet that it is gone.</summary>
    public DateTimeOffset? KedaGoneAt { get; init; }

    /// <summary>The replicas that its fallback asks for, and since when they are there; null while nothing asks for any.</summary>
    public Capacity? Capacity { get; init; }

    /// <summary>True once it is told that those replicas are there.</summary>
    public bool ToldThere { get; init; }

    /// <summary>The last time that we raised its workload ourselves in this trip; null when we had no reason to.</summary>
    public Lifted? Lifted { get; init; }

    /// <summary>True once people were told that somebody scaled the workload to 0 and that it is left there.</summary>
    public bool ToldAtZero { get; init; }

    /// <summary>True when KEDA's webhook refused the un-pause because of our HPA, although that carries the owner reference and the annotation.</summary>
    public bool FallbackGoesFirst { get; init; }

    /// <summary>The raised number that its workload was seen to have: from then on a lower count is somebody's wish.</summary>
    public int RaisedSeen { get; init; }

    /// <summary>Set when the target itself may not be handed back until someone else's mark goes.</summary>
    public string HeldBecause { get; init; } = "";
}

public enum Phase
{
    /// <summary>Wanted on the fallback, not there yet.</summary>
    Tripping,

    /// <summary>On the fallback (an HPA, frozen, or fixed).</summary>
    OnFallback,

    /// <summary>Wanted with KEDA, not there yet.</summary>
    HandingBack,
}

/// <summary>
/// What was there before the trip ("cached metrics"): enough to build the fallback and to give everything back as it was.
/// The cluster keeps a signed copy as an annotation.
/// </summary>
public sealed record TargetMemory
{
    public required string IncidentId { get; init; }

    public required Cause Cause { get; init; }

    /// <summary>The operator that the incident is about; null: KEDA as a whole.</summary>
    public string? Operator { get; init; }

    public required DateTimeOffset TrippedAt { get; init; }

    public required FallbackAction Action { get; init; }

    /// <summary>Why the action is not the policy's, in words; empty when it is.</summary>
    public string ActionBecause { get; init; } = "";

    public required WorkloadRef Workload { get; init; }

    public required int Min { get; init; }

    public required int Max { get; init; }

    /// <summary>The greatest current or desired count since the first sign of trouble.</summary>
    public required int CachedReplicas { get; init; }

    /// <summary>The count at the trip and who had set it: what differs later and is no act of KEDA's is somebody's wish. Null: not known.</summary>
    public CountSeen? Count { get; init; }

    /// <summary>Of a target that was idle at 0: what it is raised to, 0 when it stays there until somebody asks for more. Null of any other.</summary>
    public int? FromZero { get; init; }

    /// <summary>Least replicas of the fallback once the floor has ended.</summary>
    public required int FallbackMin { get; init; }

    /// <summary>The ScaledObject's own spec.fallback in words, where <see cref="FallbackMin"/> keeps to that; null where it is the policy's.</summary>
    public string? OwnFallback { get; init; }

    /// <summary>Least replicas until <see cref="FloorUntil"/>.</summary>
    public required int Floor { get; init; }

    public required DateTimeOffset FloorUntil { get; init; }

    /// <summary>The fixed number, with <see cref="FallbackAction.Replicas"/> only.</summary>
    public int? FixedReplicas { get; init; }

    /// <summary>Replicas that a human asked for meanwhile: it has at least so many until it is back with KEDA.</summary>
    public Raised? Raised { get; init; }

    /// <summary>The value of the pause annotation before ours ("false"), or null when there was none.</summary>
    public string? PriorPaused { get; init; }

    /// <summary>The app container of a ContainerResource metric; null for the pod's CPU.</summary>
    public string? Container { get; init; }

    /// <summary>Why that container alone, in words; empty where the pod template has no other.</summary>
    public string ContainerBecause { get; init; } = "";

    // Of the incident, so that it can be rebuilt from the cluster when every store is gone.

    /// <summary>What was seen, in one sentence.</summary>
    public string? Why { get; init; }

    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>A manual trip with a duration ends by itself then.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>A hold survives the loss of the store: nobody's stop is undone by an accident.</summary>
    public Hold? Held { get; init; }

    /// <summary>Recoveries that had failed when this was written.</summary>
    public int Attempts { get; init; }

    /// <summary>Replicas that its fallback has over what ran: each incident may add only so many.</summary>
    [JsonIgnore]
    public int AddedReplicas => Action == FallbackAction.Cpu && FromZero != 0 ? Math.Max(0, FallbackMin - CachedReplicas) : 0;
}

/// <summary>A replica count as it was seen, and who had set it by then; null when nothing says so.</summary>
public sealed record CountSeen(int Replicas, FieldWriter? By);

/// <summary>Replicas that a fallback asks for.</summary>
/// <param name="Asked">How many it asks for.</param>
/// <param name="ShortSince">The first look at which the workload was not even told to have so many; null when it is told, or we may not tell it.</param>
/// <param name="ThereSince">The first look at which so many were available; null while they are not.</param>
public sealed record Capacity(int Asked, DateTimeOffset? ShortSince, DateTimeOffset? ThereSince);

/// <summary>A workload that was raised through /scale.</summary>
/// <param name="From">Its replicas before.</param>
/// <param name="To">And after.</param>
/// <param name="Why">Why it was not left to the fallback HPA, in words: an older version that reads this knows no new reason.</param>
/// <param name="At">When the write went out.</param>
public sealed record Lifted(int From, int To, string Why, DateTimeOffset At);
