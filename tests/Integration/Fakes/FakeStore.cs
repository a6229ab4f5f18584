using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests.Fakes;

/// <summary>As much of a store as views and the door need. What only the loop may call throws.</summary>
internal sealed class FakeStore : IStateStore, IAuditTrail
{
    private int loads;

    public Panel Panel { get; set; } = Panel.Empty("test");

    public List<Incident> Closed { get; } = [];

    public List<AuditRecord> Audit { get; } = [];

    public AuditQuery? LastQuery { get; private set; }

    public bool Down { get; set; }

    /// <summary>Does what it is asked for and never says so.</summary>
    public bool LosesReplies { get; set; }

    /// <summary>The same of <see cref="ResendAsync"/> alone.</summary>
    public bool LosesReplyOfResend { get; set; }

    /// <summary>Neither answers nor refuses.</summary>
    public bool Silent { get; set; }

    /// <summary>Why nothing can be read, while it is so.</summary>
    public Misfit? Misfit { get; set; }

    /// <summary>What each load waits for.</summary>
    public Func<Task>? Loading { get; set; }

    public int Loads => loads;

    public async Task<StoredPanel> LoadAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref loads);
        if (Loading is { } waited) await waited();
        return await Up(new StoredPanel(Panel, 1, "chain"));
    }

    public Task<ImmutableArray<OutboxCount>> CountPagesAsync(CancellationToken cancel) =>
        Up<ImmutableArray<OutboxCount>>([new OutboxCount("slack", 2, 0, null)]);

    public List<OutboxEntry> Pages { get; } = [];

    public List<(string Page, string Channel)> Resent { get; } = [];

    public Task QueuePagesAsync(IReadOnlyList<Page> pages, ImmutableArray<string> channels, CancellationToken cancel)
    {
        if (!Down)
            Pages.AddRange(pages.SelectMany(page => channels.Select(channel => new OutboxEntry { Sequence = Pages.Count + 1, Page = page, Channel = channel, State = DeliveryState.Waiting, DueAt = page.At })));
        return Up(0);
    }

    public Task<ImmutableArray<OutboxEntry>> PagesAsync(PageQuery query, CancellationToken cancel) =>
        Up<ImmutableArray<OutboxEntry>>([.. Pages.Where(entry => (query.State ?? entry.State) == entry.State && (query.Channel ?? entry.Channel) == entry.Channel).Take(query.Limit)]);

    public Task<bool> ResendAsync(string pageId, string channel, DateTimeOffset dueAt, AuditRecord audit, CancellationToken cancel)
    {
        var known = Pages.Exists(entry => entry.Page.Id == pageId && entry.Channel == channel);
        if (known && !Down)
        {
            Resent.Add((pageId, channel));
            Audit.Add(audit);
        }

        return LosesReplyOfResend ? Task.FromException<bool>(new StoreUnavailableException("the line broke")) : Up(known);
    }

    public Task AppendAuditAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancel)
    {
        if (!Down) Audit.AddRange(records);
        return Up(0);
    }

    public Task<ImmutableArray<StoredAudit>> AuditAsync(AuditQuery query, CancellationToken cancel)
    {
        LastQuery = query;
        return Up<ImmutableArray<StoredAudit>>([.. Audit.Select((record, index) => new StoredAudit(index + 1, record))]);
    }

    public Task<ImmutableArray<Incident>> ClosedIncidentsAsync(int limit, CancellationToken cancel) =>
        Up<ImmutableArray<Incident>>([.. Closed.Take(limit)]);

    public Task<Incident?> ClosedIncidentAsync(string id, CancellationToken cancel) => Up(Closed.Find(incident => incident.Id == id));

    public Task<StoreCondition> OpenAsync(CancellationToken cancel) => Up(new StoreCondition { Words = "a list" });

    public Task<bool> SaveAsync(Commit commit, CancellationToken cancel) => throw new InvalidOperationException();

    public Task<bool> AppendAsync(IReadOnlyList<Signal> signals, CancellationToken cancel) => throw new InvalidOperationException();

    public List<InboxEntry> Inbox { get; } = [];

    public Task<ImmutableArray<InboxEntry>> PendingAsync(int limit, CancellationToken cancel) => Up<ImmutableArray<InboxEntry>>([.. Inbox.Take(limit)]);

    public Task<LeaseAnswer> AcquireLeaseAsync(LeaseName name, string owner, TimeSpan duration, CancellationToken cancel) =>
        throw new InvalidOperationException();

    public Task<StoreLease?> RenewLeaseAsync(StoreLease lease, TimeSpan duration, CancellationToken cancel) =>
        throw new InvalidOperationException();

    public Task ReleaseLeaseAsync(StoreLease lease, CancellationToken cancel) => throw new InvalidOperationException();

    public Task<ImmutableArray<OutboxEntry>> DuePagesAsync(DateTimeOffset now, int limit, CancellationToken cancel) =>
        throw new InvalidOperationException();

    public Task RecordDeliveryAsync(OutboxEntry after, AuditRecord audit, CancellationToken cancel) =>
        throw new InvalidOperationException();

    /// <summary>Nothing is sealed in a list.</summary>
    public Task<TrailState> TrailAsync(CancellationToken cancel) => Up(new TrailState("chain", Audit.Count, AuditPoint.Beginning, AuditPoint.Beginning));

    public Task<bool> SealAsync(AuditPoint from, IReadOnlyList<StoredAudit> next, CancellationToken cancel) => throw new InvalidOperationException();

    public Task<bool> PruneAsync(AuditPoint anchor, IReadOnlyList<StoredAudit> first, AuditRecord record, CancellationToken cancel) => throw new InvalidOperationException();

    public Task<long?> PlaceAsync(string reader, CancellationToken cancel) => Up<long?>(0);

    public Task<bool> MoveAsync(string reader, long? from, long to, CancellationToken cancel) => Up(true);

    private Task<T> Up<T>(T value) =>
        Silent ? new TaskCompletionSource<T>().Task
        : Misfit is { } misfit ? Task.FromException<T>(new StoreContentException("odd things at /secret/path", misfit))
        : Down || LosesReplies ? Task.FromException<T>(new StoreUnavailableException("disk full at /secret/path") { NothingKept = Down })
        : Task.FromResult(value);
}
