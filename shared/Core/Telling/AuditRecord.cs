using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

public enum AuditKind
{
    Signal,
    Decision,
    Write,
    Page,
    Order,
}

/// <summary>Who, what, why, when: one record for everything that happened. The store adds a gapless sequence number.</summary>
public sealed record AuditRecord
{
    public required DateTimeOffset At { get; init; }

    public required AuditKind Kind { get; init; }

    public required Reason Reason { get; init; }

    /// <summary>"reactor", "alertmanager", "azure-monitor", "keda", or a human's name with how it was authenticated.</summary>
    public required string Actor { get; init; }

    public string? IncidentId { get; init; }

    public TargetId? Target { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Text { get; init; }

    /// <summary>Facts for machines: before, after, resourceVersion, status.</summary>
    public ImmutableSortedDictionary<string, string> Facts { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
