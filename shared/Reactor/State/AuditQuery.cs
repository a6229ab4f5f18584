using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State;

public sealed record AuditQuery
{
    public long After { get; init; }

    /// <summary>1 to 1,000.</summary>
    public int Limit { get; init; } = 200;

    public string? IncidentId { get; init; }

    public TargetId? Target { get; init; }

    public AuditKind? Kind { get; init; }

    public Reason? Reason { get; init; }

    /// <summary>The whole of <see cref="AuditRecord.Actor"/>, or the name alone that stands before " (" in it.</summary>
    public string? Actor { get; init; }

    /// <summary>Not before this, by <see cref="AuditRecord.At"/>.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>True: the latest first, <see cref="After"/> ignored.</summary>
    public bool Latest { get; init; }
}

/// <param name="Sequence">Its number: 1, 2, 3 … without a gap.</param>
/// <param name="Record">As far as this version can read it.</param>
public sealed record StoredAudit(long Sequence, AuditRecord Record)
{
    /// <summary>Exactly as it is stored; empty when it is damaged beyond reading, or gone.</summary>
    public string Json { get; init; } = "";

    /// <summary>Ties it to all records before it; null until it is sealed.</summary>
    public string? Hash { get; init; }
}
