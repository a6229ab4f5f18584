using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Why one target is as it is, for somebody who was woken by it: what was seen, what was decided, what comes next and what would change that.</summary>
public sealed record Explanation
{
    public required BreakerView Breaker { get; init; }

    /// <summary>When the look at the cluster was made that this tells of.</summary>
    public required DateTimeOffset ObservedAt { get; init; }

    /// <summary>Why there is no newer look, when that one is old; null while it is fresh.</summary>
    public string? Stale { get; init; }

    /// <summary>The state in one sentence.</summary>
    public required string State { get; init; }

    /// <summary>What was seen that concerns it, the standing first.</summary>
    public ImmutableArray<ExplainedEvidence> Evidence { get; init; } = [];

    /// <summary>What each open incident decided about it, "left alone" included.</summary>
    public ImmutableArray<ExplainedDecision> Decisions { get; init; } = [];

    /// <summary>What binds it now: stopped writes, maintenance, a hold, windows, observe-only.</summary>
    public ImmutableArray<string> Applies { get; init; } = [];

    public required string Next { get; init; }

    /// <summary>The earliest time at which that can happen; null when it is not known.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>What would change it.</summary>
    public ImmutableArray<string> WouldChange { get; init; } = [];

    /// <summary>What trips it.</summary>
    public required string Limits { get; init; }

    /// <summary>What the last probe saw, measured against the limits.</summary>
    public required string LastProbe { get; init; }
}

/// <param name="Incident">The open incident that it belongs to; null for what maintenance suppresses.</param>
/// <param name="Standing">False once it is over.</param>
public sealed record ExplainedEvidence(string? Incident, Cause Cause, string What, DateTimeOffset Since, DateTimeOffset LastSeen, DateTimeOffset? EndedAt, bool Standing);

/// <param name="State">Protected (on its fallback, or on the way), handed back, or left alone.</param>
/// <param name="Reason">As the audit trail names it.</param>
/// <param name="Words">The decision in one sentence.</param>
public sealed record ExplainedDecision(string Incident, Cause Cause, MemberState State, Reason Reason, string Words, DateTimeOffset Since);
