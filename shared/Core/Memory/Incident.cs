using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Sophia.Keda.Reactor.Core;

/// <summary>One per cause and cluster (of an operator's death: and operator) while open, and one per order by hand: it holds its targets, one dedup key, one canary, one sequence of waves.</summary>
public sealed record Incident
{
    public required string Id { get; init; }

    public required string Cluster { get; init; }

    public required Cause Cause { get; init; }

    /// <summary>The operator that it is about ("keda-system/keda-operator-a"), where each has a share; null: KEDA as a whole.</summary>
    public string? Operator { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>Null while open.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>What was seen, in one sentence.</summary>
    public required string Why { get; init; }

    /// <summary>The same as it is told later: its clock times are of the day that it was opened on.</summary>
    public string WhyThen(DateTimeOffset now) => now - OpenedAt > TimeSpan.FromDays(1) ? $"{Why} (on {OpenedAt.UtcDateTime:yyyy-MM-dd})" : Why;

    /// <summary>Reasons to stay tripped, by key; those with an end are over.</summary>
    public ImmutableSortedDictionary<string, Evidence> Evidence { get; init; } = ImmutableSortedDictionary<string, Evidence>.Empty;

    public ImmutableSortedDictionary<TargetId, Member> Members { get; init; } = ImmutableSortedDictionary<TargetId, Member>.Empty;

    public Recovery Recovery { get; init; } = new() { Stage = Stage.Tripped };

    /// <summary>Recovery is stopped until released.</summary>
    public Hold? Hold { get; init; }

    /// <summary>Targets whose repeated trips a human was asked about: not asked twice.</summary>
    public ImmutableSortedSet<TargetId> AskedAbout { get; init; } = [];

    /// <summary>Recoveries that failed so far.</summary>
    public int Attempts { get; init; }

    /// <summary>Number of pages sent so far; part of each page's id.</summary>
    public int Pages { get; init; }

    /// <summary>True once a page said which targets it moves: not yet, when it was opened while the cluster could not be seen.</summary>
    public bool TripTold { get; init; }

    /// <summary>Since when its pages have gone to no channel, because none that takes them is configured; null: somebody is told.</summary>
    public DateTimeOffset? UnheardSince { get; init; }

    /// <summary>When its evidence came back right after it had closed, the last time; null: it never did.</summary>
    public DateTimeOffset? ReopenedAt { get; init; }

    /// <summary>When it closed before it was reopened; null again once a page said so.</summary>
    public DateTimeOffset? WasOverAt { get; init; }

    /// <summary>When every protected target was first on its fallback.</summary>
    public DateTimeOffset? FallbackInPlaceAt { get; init; }

    /// <summary>When the replicas that the fallbacks ask for were first seen to be there, all of them.</summary>
    public DateTimeOffset? ReplicasThereAt { get; init; }

    /// <summary>True once a page said that some of those replicas are missing.</summary>
    public bool ReplicasMissing { get; init; }

    /// <summary>Who acknowledged it.</summary>
    public string? AcknowledgedBy { get; init; }

    /// <summary>When people were last told that it needs a human; null while it needs none, and once somebody acknowledged it.</summary>
    public DateTimeOffset? HumanAskedAt { get; init; }

    /// <summary>Observe-only: nothing was written to the cluster.</summary>
    public bool ObserveOnly { get; init; }

    /// <summary>"Left on fallback": it holds what did not come back from an incident of its cause that is over. Beside it another of the cause may open.</summary>
    public bool Left { get; init; }

    /// <summary>The end of the name of an incident that is <see cref="Left"/>: marks in the cluster carry the name, and outlive the store.</summary>
    public const string LeftSuffix = "-left";

    public static bool IsNameOfLeft(string id) => id.EndsWith(LeftSuffix, StringComparison.Ordinal);

    public string DedupKey => KeyOf(Cluster, Id);

    public static string KeyOf(string cluster, string id) => $"sophia-keda-reactor/{cluster}/{id}";
}

public enum EvidenceSource
{
    Probe,
    Alert,
    Human,
}

/// <summary>A reason to trip, with its reach, its start, and its end once it clears.</summary>
public sealed record Evidence
{
    public required string Key { get; init; }

    public required EvidenceSource Source { get; init; }

    public required Selection Reach { get; init; }

    public required DateTimeOffset Since { get; init; }

    public required DateTimeOffset LastSeen { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>A manual trip with a duration ends by itself then.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>What was seen, in words.</summary>
    public required string What { get; init; }

    /// <summary>The targets of an operator's share that nobody else serves, as last seen; null: <see cref="Reach"/> says it.</summary>
    public ImmutableSortedSet<TargetId>? Only { get; init; }

    /// <summary>Targets that a human's reset took out of a wider reach.</summary>
    public ImmutableSortedSet<TargetId> Except { get; init; } = [];

    /// <summary>A manual trip may say what the fallback is to be.</summary>
    public FallbackAction? Action { get; init; }

    public int? Replicas { get; init; }

    /// <summary>An order by hand may ask for more replicas than the fallback would have.</summary>
    public Raised? Raised { get; init; }

    public bool Standing => EndedAt is null;

    /// <summary>Whether it is about this target, standing or not.</summary>
    public bool Reaches(TargetId target) => Only?.Contains(target) ?? Reach.Covers(target);

    public bool Covers(TargetId target) => Standing && Reaches(target) && !Except.Contains(target);
}

public enum MemberState
{
    /// <summary>On its fallback, or on the way there.</summary>
    Protected,

    /// <summary>Given back to KEDA, or on the way there.</summary>
    HandedBack,

    /// <summary>Never touched, for the reason said.</summary>
    LeftAlone,
}

/// <summary>One target within one incident.</summary>
public sealed record Member
{
    public required MemberState State { get; init; }

    public required Reason Reason { get; init; }

    /// <summary>The reason in words, for the page.</summary>
    public string Note { get; init; } = "";

    public required DateTimeOffset Since { get; init; }

    /// <summary>Replicas that a human asked for meanwhile; it counts while the target is on its fallback for this incident.</summary>
    public Raised? Raised { get; init; }

    /// <summary>Events that told of it on its ScaledObject; part of each one's name.</summary>
    public int Events { get; init; }

    /// <summary>Hand-backs that failed for a reason of its own.</summary>
    public int Failures { get; init; }

    /// <summary>When the last of them failed; null: none did.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>It stays on its fallback alone and is not tried again before this; null: it goes with the others.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Another HPA owns its workload, or its fallback did not work out: nothing moves it until a human has done something.</summary>
    [JsonIgnore]
    public bool StandsAside => State == MemberState.LeftAlone
        && Reason is Reason.TargetLeftAloneForeignHpa or Reason.PutBacksExhausted or Reason.FallbackRefused;
}

/// <summary>Where an incident's recovery stands.</summary>
public enum Stage
{
    /// <summary>Evidence stands.</summary>
    Tripped,

    /// <summary>Evidence is gone; waiting whether it stays so.</summary>
    Cooldown,

    /// <summary>KEDA must look healthy over several probes.</summary>
    Verify,

    /// <summary>One target is back with KEDA and watched.</summary>
    Canary,

    /// <summary>A share of the targets is back with KEDA and watched.</summary>
    Wave,

    /// <summary>Every target is back; the last marks go.</summary>
    Closing,
}

public sealed record Recovery
{
    public required Stage Stage { get; init; }

    /// <summary>When the stage began.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>No next try before this, after a failed one.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Good probes in a row since the evidence was gone, while cooling down and verifying.</summary>
    public int GoodProbes { get; init; }

    /// <summary>Index into the policy's waves, while in one.</summary>
    public int Wave { get; init; }

    /// <summary>The targets of the present canary or wave.</summary>
    public ImmutableArray<TargetId> Batch { get; init; } = [];

    /// <summary>When the last target of the batch was back with KEDA: the soak runs from here.</summary>
    public DateTimeOffset? BatchBackAt { get; init; }

    /// <summary>Ordered by a human: windows and maintenance do not bind it. It ends with the first recovery that fails.</summary>
    public bool ByHand { get; init; }

    /// <summary>What failed alone: the canaries in a row before this one, or targets of this wave.</summary>
    public ImmutableSortedSet<TargetId> Failed { get; init; } = [];

    /// <summary>Good probes of each target of the batch since its new HPA first synced.</summary>
    public ImmutableSortedDictionary<TargetId, int> BatchGood { get; init; } = ImmutableSortedDictionary<TargetId, int>.Empty;

    /// <summary>The opening of a window that people were told it waits for.</summary>
    public DateTimeOffset? ToldWindow { get; init; }

    /// <summary>Since when the gate can't be judged.</summary>
    public DateTimeOffset? InconclusiveSince { get; init; }
}

/// <summary>Why and by whom recovery was stopped.</summary>
public sealed record Hold(Reason Reason, string By, string Words, DateTimeOffset At);
