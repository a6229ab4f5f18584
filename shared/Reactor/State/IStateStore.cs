using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State;

/// <summary>
/// The durable memory of one cluster's reactor. Every call throws <see cref="StoreUnavailableException"/> when the store
/// can't be reached or written; what was promised before stays promised.
/// </summary>
public interface IStateStore : IOutbox
{
    /// <summary>
    /// Makes or checks the layout, and tells how durable the store is. Content that this version can't read is refused, never overwritten
    /// (<see cref="StoreContentException"/>); so is a store that is weaker than the settings allow (<see cref="StoreTooWeakException"/>).
    /// May be called again at any time.
    /// </summary>
    Task<StoreCondition> OpenAsync(CancellationToken cancel);

    /// <summary>The panel with its revision; an empty panel with revision 0 when nothing was ever saved.</summary>
    Task<StoredPanel> LoadAsync(CancellationToken cancel);

    /// <summary>
    /// Saves everything in one transaction, or nothing: false when the panel's revision is not the expected one, or when
    /// <see cref="Commit.Lease"/> is not the one that was given out last.
    /// </summary>
    Task<bool> SaveAsync(Commit commit, CancellationToken cancel);

    /// <summary>Appends to the inbox durably. One entry per key: a newer one replaces an undecided older one and moves to the end.</summary>
    /// <returns>False when the inbox is full: then nothing of it was kept. A batch of orders alone is always kept.</returns>
    Task<bool> AppendAsync(IReadOnlyList<Signal> signals, CancellationToken cancel);

    /// <summary>
    /// Undecided signals in the order of arrival. One that this version can't read (a newer one wrote it, or it is damaged) is passed over and
    /// kept: it neither blocks the others nor is lost.
    /// </summary>
    Task<ImmutableArray<InboxEntry>> PendingAsync(int limit, CancellationToken cancel);

    /// <summary>
    /// The lease, when nobody else holds it; else how long theirs lasts. Taking it anew raises the token, also for the owner who holds it:
    /// a restarted process must not be mixed up with its former self. Where the store can know that the holder's process has ended (a file on
    /// one machine), its lease is free at once. The clock that rules it is the store's own where instances may have
    /// different ones; <see cref="StoreLease.Until"/> is told in the caller's, and never later than the store's.
    /// </summary>
    Task<LeaseAnswer> AcquireLeaseAsync(LeaseName name, string owner, TimeSpan duration, CancellationToken cancel);

    /// <summary>The lease with a later end, or null when it was lost: it has ended, or somebody has taken it.</summary>
    Task<StoreLease?> RenewLeaseAsync(StoreLease lease, TimeSpan duration, CancellationToken cancel);

    Task ReleaseLeaseAsync(StoreLease lease, CancellationToken cancel);

    /// <summary>How many pages wait and how many are dead, by channel. A channel with neither may be missing.</summary>
    Task<ImmutableArray<OutboxCount>> CountPagesAsync(CancellationToken cancel);

    /// <summary>
    /// Queues pages outside a commit (for a test). One that is queued on a channel already stays as it is. Those whose own
    /// <see cref="Page.Channels"/> are null go to these channels.
    /// </summary>
    Task QueuePagesAsync(IReadOnlyList<Page> pages, ImmutableArray<string> channels, CancellationToken cancel);

    /// <summary>Pages that wait or were given up, in the order they were queued. What this version can't read is left out.</summary>
    Task<ImmutableArray<OutboxEntry>> PagesAsync(PageQuery query, CancellationToken cancel);

    /// <summary>
    /// Lets a page be sent again, as one never tried: a waiting one now, a dead one once more. False, and nothing recorded, when it neither
    /// waits nor is dead on that channel.
    /// </summary>
    Task<bool> ResendAsync(string pageId, string channel, DateTimeOffset dueAt, AuditRecord audit, CancellationToken cancel);

    /// <summary>Appends audit records outside a commit (signals refused at the door).</summary>
    Task AppendAuditAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancel);

    /// <summary>
    /// Audit records with a sequence number greater than <see cref="AuditQuery.After"/>, in order. One that this version can't read comes
    /// as far as it can be read, with <see cref="Reason.RecordOfOtherVersion"/>: the trail shows no hole.
    /// </summary>
    Task<ImmutableArray<StoredAudit>> AuditAsync(AuditQuery query, CancellationToken cancel);

    /// <summary>Closed incidents, latest first.</summary>
    Task<ImmutableArray<Incident>> ClosedIncidentsAsync(int limit, CancellationToken cancel);

    /// <summary>A closed incident, or null.</summary>
    Task<Incident?> ClosedIncidentAsync(string id, CancellationToken cancel);
}
