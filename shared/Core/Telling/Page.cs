using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

public enum PageKind
{
    /// <summary>Something happened that a human must know now.</summary>
    Trigger,

    /// <summary>News of something already paged.</summary>
    Update,

    /// <summary>A human took it over.</summary>
    Acknowledge,

    /// <summary>It is over.</summary>
    Resolve,
}

public enum Severity
{
    Info,
    Warning,
    Error,
    Critical,
}

/// <summary>
/// One message to people, before any channel's format. Every part is plain words: what happened, what the reactor did,
/// what it will do next and when, what the human may do.
/// </summary>
public sealed record Page
{
    /// <summary>Unique and derived from what it tells, so that the same news is queued once.</summary>
    public required string Id { get; init; }

    public required PageKind Kind { get; init; }

    /// <summary>One for all pages of one incident or notice; a trigger after a resolve has a new one.</summary>
    public required string DedupKey { get; init; }

    /// <summary>Null for a notice without an incident (blind, contradicted, latency).</summary>
    public string? IncidentId { get; init; }

    public required string Cluster { get; init; }

    public required Severity Severity { get; init; }

    public Cause? Cause { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Title { get; init; }

    public required string Happened { get; init; }

    public string Did { get; init; } = "";

    public string Next { get; init; } = "";

    public DateTimeOffset? NextAt { get; init; }

    public string YouMay { get; init; } = "";

    /// <summary>The channels it goes to, by the policy's routes; null for all that alert_channels lists.</summary>
    public ImmutableSortedSet<string>? Channels { get; init; }

    /// <summary>Affected targets with their state, one line each. All of them: channels cut.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];
}
