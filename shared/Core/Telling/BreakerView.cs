using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>One target's breaker as people see it: state, why, since when, what comes next and when.</summary>
public sealed record BreakerView
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required BreakerState State { get; init; }

    public DateTimeOffset? Since { get; init; }

    /// <summary>Who scales it now: "KEDA (keda-hpa-x)", "fallback (x-fallback)", "none (frozen)", …</summary>
    public required string Autoscaler { get; init; }

    public int? Replicas { get; init; }

    /// <summary>On a fallback: how many replicas it asks for; null while it asks for none.</summary>
    public int? ReplicasAsked { get; init; }

    /// <summary>How many of its replicas are ready.</summary>
    public int? ReplicasReady { get; init; }

    /// <summary>On a fallback: since when as many are ready as it asks for; null while they are not.</summary>
    public DateTimeOffset? ReplicasReadySince { get; init; }

    public int Min { get; init; }

    public int Max { get; init; }

    /// <summary>Open incidents that hold it, by id.</summary>
    public ImmutableArray<string> Incidents { get; init; } = [];

    /// <summary>Why it is in this state.</summary>
    public string Why { get; init; } = "";

    /// <summary>Why nothing is known of it now, when something of it can't be read; null when it was seen.</summary>
    public string? UnknownBecause { get; init; }

    /// <summary>When the look was made that this tells of, how many seconds ago, and why there is none newer when it is old; only in an answer about this one.</summary>
    public DateTimeOffset? SeenAt { get; init; }

    public int? AgeSeconds { get; init; }

    public bool? Stale { get; init; }

    public string? StaleBecause { get; init; }

    /// <summary>What the reactor does next.</summary>
    public string Next { get; init; } = "";

    /// <summary>When, if that is known.</summary>
    public DateTimeOffset? NextAt { get; init; }
}
