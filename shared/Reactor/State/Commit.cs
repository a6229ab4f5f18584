using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State;

/// <param name="Panel">As this version reads it.</param>
/// <param name="Revision">Grows by one with each save; 0 when nothing was ever saved.</param>
/// <param name="Chain">
/// Names the unbroken life of this store: another one means that it was lost, or found to be rolled back, and begun anew.
/// </param>
public sealed record StoredPanel(Panel Panel, long Revision, string Chain)
{
    /// <summary>What a newer version has written and this one does not know; to be given back with the next save.</summary>
    public UnknownMembers Unknown { get; init; } = UnknownMembers.None;
}

/// <summary>Everything that one decision changes.</summary>
public sealed record Commit
{
    public required Panel Panel { get; init; }

    public required long ExpectedRevision { get; init; }

    /// <summary>The right to run; null only while nobody ever took one.</summary>
    public required StoreLease? Lease { get; init; }

    /// <summary>Of the panel that this one was decided from.</summary>
    public UnknownMembers Unknown { get; init; } = UnknownMembers.None;

    /// <summary>Not null: the store was rolled back or lost, and a new chain begins with this commit.</summary>
    public string? NewChain { get; init; }

    /// <summary>Inbox sequence numbers that were decided on.</summary>
    public ImmutableArray<long> Decided { get; init; } = [];

    public ImmutableArray<Page> Pages { get; init; } = [];

    /// <summary>The channels that each page goes to which names none itself.</summary>
    public ImmutableArray<string> Channels { get; init; } = [];

    public ImmutableArray<AuditRecord> Audit { get; init; } = [];

    /// <summary>Incidents that this decision closed: they move from the panel to the archive.</summary>
    public ImmutableArray<Incident> Closed { get; init; } = [];
}

public sealed record InboxEntry(long Sequence, Signal Signal);
