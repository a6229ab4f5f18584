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

    /// <summary>True: the latest first, <see cref="After"/> ignored.</summary>
    public bool Latest { get; init; }
}

public sealed record StoredAudit(long Sequence, AuditRecord Record);
