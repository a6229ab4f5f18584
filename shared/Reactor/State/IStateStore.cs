using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State;

/// <summary>
/// The durable memory of one cluster's reactor. Every call throws <see cref="StoreUnavailableException"/> when the store
/// can't be reached or written; what was promised before stays promised.
/// </summary>
public interface IStateStore
{
    /// <summary>Makes or checks the layout. Content of another version or corrupt content is refused, never overwritten.</summary>
    Task OpenAsync(CancellationToken cancel);

    /// <summary>The panel with its revision; an empty panel with revision 0 when nothing was ever saved.</summary>
    Task<StoredPanel> LoadAsync(CancellationToken cancel);

    /// <summary>
    /// Saves everything in one transaction, or nothing: false when the panel's revision is not the expected one, or when
    /// <see cref="Commit.FencingToken"/> is older than the lease's.
    /// </summary>
    Task<bool> SaveAsync(Commit commit, CancellationToken cancel);

    /// <summary>Appends to the inbox durably. One entry per key: a newer one replaces an undecided older one and moves to the end.</summary>
    /// <returns>False when the inbox is full: then nothing of it was kept. A batch of orders alone is always kept.</returns>
    Task<bool> AppendAsync(IReadOnlyList<Signal> signals, CancellationToken cancel);

    /// <summary>Undecided signals in the order of arrival.</summary>
    Task<ImmutableArray<InboxEntry>> PendingAsync(int limit, CancellationToken cancel);

    /// <summary>
    /// The lease, when nobody else holds it at <paramref name="now"/>; null when somebody does. Taking it anew raises the token, also for
    /// the owner who holds it: a restarted process must not be mixed up with its former self.
    /// </summary>
    Task<RunnerLease?> AcquireLeaseAsync(string owner, DateTimeOffset now, TimeSpan duration, CancellationToken cancel);

    /// <summary>The lease with a later end, or null when it was lost: it has ended, or somebody has taken it.</summary>
    Task<RunnerLease?> RenewLeaseAsync(RunnerLease lease, DateTimeOffset now, TimeSpan duration, CancellationToken cancel);

    Task ReleaseLeaseAsync(RunnerLease lease, CancellationToken cancel);

    /// <summary>
    /// Pages that are due, oldest first. A page of an incident is due on a channel only when all its earlier pages on that
    /// channel are delivered or dead: trigger before update before resolve.
    /// </summary>
    /// <param name="limit">At most this many for each channel, so that a channel with many waiting pages hides no other's.</param>
    Task<ImmutableArray<OutboxEntry>> DuePagesAsync(DateTimeOffset now, int limit, CancellationToken cancel);

    /// <summary>
    /// Records how one attempt ended, with its audit record. A page that was delivered or dead already stays so; the audit record is kept
    /// all the same, because the attempt did happen.
    /// </summary>
    Task RecordDeliveryAsync(OutboxEntry after, AuditRecord audit, CancellationToken cancel);

    /// <summary>How many pages wait and how many are dead, by channel. A channel with neither may be missing.</summary>
    Task<ImmutableArray<OutboxCount>> CountPagesAsync(CancellationToken cancel);

    /// <summary>Appends audit records outside a commit (signals refused at the door).</summary>
    Task AppendAuditAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancel);

    /// <summary>Audit records with a sequence number greater than <see cref="AuditQuery.After"/>, in order.</summary>
    Task<ImmutableArray<StoredAudit>> AuditAsync(AuditQuery query, CancellationToken cancel);

    /// <summary>Closed incidents, latest first.</summary>
    Task<ImmutableArray<Incident>> ClosedIncidentsAsync(int limit, CancellationToken cancel);

    /// <summary>A closed incident, or null.</summary>
    Task<Incident?> ClosedIncidentAsync(string id, CancellationToken cancel);
}

public sealed record StoredPanel(Panel Panel, long Revision);

/// <summary>Everything that one decision changes.</summary>
public sealed record Commit
{
    public required Panel Panel { get; init; }

    public required long ExpectedRevision { get; init; }

    public required long FencingToken { get; init; }

    /// <summary>Inbox sequence numbers that were decided on.</summary>
    public ImmutableArray<long> Decided { get; init; } = [];

    public ImmutableArray<Page> Pages { get; init; } = [];

    /// <summary>The channels that each page goes to.</summary>
    public ImmutableArray<string> Channels { get; init; } = [];

    public ImmutableArray<AuditRecord> Audit { get; init; } = [];

    /// <summary>Incidents that this decision closed: they move from the panel to the archive.</summary>
    public ImmutableArray<Incident> Closed { get; init; } = [];
}

public sealed record InboxEntry(long Sequence, Signal Signal);

/// <summary>The right to run. The token grows with each new holder; a commit with an old one is refused.</summary>
public sealed record RunnerLease(string Owner, long Token, DateTimeOffset Until);

public enum DeliveryState
{
    Waiting,
    Delivered,

    /// <summary>The channel said that it will never take this one.</summary>
    Dead,
}

/// <summary>One page on one channel.</summary>
public sealed record OutboxEntry
{
    public required long Sequence { get; init; }

    public required Page Page { get; init; }

    public required string Channel { get; init; }

    public required DeliveryState State { get; init; }

    public int Attempts { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public string LastError { get; init; } = "";
}

public sealed record OutboxCount(string Channel, int Waiting, int Dead, DateTimeOffset? OldestWaiting);

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

/// <summary>The store can't be reached or written now.</summary>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The store holds something that this version can't read; it was left as it is.</summary>
public sealed class StoreContentException : Exception
{
    public StoreContentException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
