using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;
using Sophia.Keda.Reactor.State.Sqlite;

namespace Sophia.Keda.Reactor.State;

/// <summary>The state in one SQLite file: nothing else to run. Several processes of one machine may share it.</summary>
public sealed class SqliteStore(string cluster, SqliteSettings settings, TimeProvider time) : IStateStore, IAuditTrail, IDisposable
{
    private readonly SqliteFile file = new(cluster, settings);
    private readonly ProcessLock alive = new(Path.GetFullPath(settings.Path));
    private readonly PanelMemo memo = new();
    private readonly StateLimits limits = settings.Limits;

    public async Task<StoreCondition> OpenAsync(CancellationToken cancel)
    {
        var condition = await file.ReadAsync(
            connection =>
            {
                SqlitePanel.Load(connection, memo, file.Path, cluster);
                return SqliteDurability.Of(connection, file.Path);
            },
            cancel);
        return condition.AtLeast(limits.Durability);
    }

    public Task<StoredPanel> LoadAsync(CancellationToken cancel) =>
        file.ReadAsync(connection => SqlitePanel.Load(connection, memo, file.Path, cluster), cancel);

    public Task<bool> SaveAsync(Commit commit, CancellationToken cancel)
    {
        if (commit.Panel.Cluster != cluster)
            throw new ArgumentException($"A panel of cluster '{commit.Panel.Cluster}' in the store of '{cluster}'.", nameof(commit));
        var now = time.GetUtcNow();
        return file.WriteAsync(
            connection =>
            {
                if (!SqlitePanel.Save(connection, memo, commit, file.Path)) return false;
                SqliteInbox.Remove(connection, commit.Decided);
                SqliteOutbox.Queue(connection, commit.Pages, commit.Channels);
                SqliteAudit.Append(connection, commit.Audit);
                SqliteIncidents.Archive(connection, commit.Closed);
                SqliteOutbox.Prune(connection, now - limits.PageRetention);
                SqliteIncidents.Prune(connection, now - limits.IncidentRetention);
                return true;
            },
            cancel);
    }

    public Task<bool> AppendAsync(IReadOnlyList<Signal> signals, CancellationToken cancel) =>
        file.WriteAsync(connection => SqliteInbox.Append(connection, signals, limits.InboxBound), cancel);

    public Task<ImmutableArray<InboxEntry>> PendingAsync(int limit, CancellationToken cancel) =>
        file.ReadAsync(connection => SqliteInbox.Pending(connection, limit), cancel);

    public Task<LeaseAnswer> AcquireLeaseAsync(LeaseName name, string owner, TimeSpan duration, CancellationToken cancel) =>
        file.WriteAsync(connection => SqliteLease.Acquire(connection, name, owner, time.GetUtcNow(), duration, alive), cancel);

    public Task<StoreLease?> RenewLeaseAsync(StoreLease lease, TimeSpan duration, CancellationToken cancel) =>
        file.WriteAsync(connection => SqliteLease.Renew(connection, lease, time.GetUtcNow(), duration), cancel);

    public Task ReleaseLeaseAsync(StoreLease lease, CancellationToken cancel) =>
        file.WriteAsync(connection => SqliteLease.Release(connection, lease), cancel);

    public Task<ImmutableArray<OutboxEntry>> DuePagesAsync(DateTimeOffset now, int limit, CancellationToken cancel) =>
        file.ReadAsync(connection => SqliteOutbox.Due(connection, now, limit), cancel);

    public Task RecordDeliveryAsync(OutboxEntry after, AuditRecord audit, CancellationToken cancel) =>
        file.WriteAsync(
            connection =>
            {
                SqliteOutbox.Record(connection, after, audit.At);
                SqliteAudit.Append(connection, [audit]);
            },
            cancel);

    public Task<ImmutableArray<OutboxCount>> CountPagesAsync(CancellationToken cancel) =>
        file.ReadAsync(SqliteOutbox.Count, cancel);

    public Task QueuePagesAsync(IReadOnlyList<Page> pages, ImmutableArray<string> channels, CancellationToken cancel) =>
        file.WriteAsync(connection => SqliteOutbox.Queue(connection, [.. pages], channels), cancel);

    public Task<ImmutableArray<OutboxEntry>> PagesAsync(PageQuery query, CancellationToken cancel) =>
        file.ReadAsync(connection => SqliteOutbox.List(connection, query), cancel);

    public Task<bool> ResendAsync(string pageId, string channel, DateTimeOffset dueAt, AuditRecord audit, CancellationToken cancel) =>
        file.WriteAsync(
            connection =>
            {
                if (!SqliteOutbox.Resend(connection, pageId, channel, dueAt)) return false;
                SqliteAudit.Append(connection, [audit]);
                return true;
            },
            cancel);

    public Task AppendAuditAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancel) =>
        file.WriteAsync(connection => SqliteAudit.Append(connection, records), cancel);

    public Task<ImmutableArray<StoredAudit>> AuditAsync(AuditQuery query, CancellationToken cancel) =>
        file.ReadAsync(connection => SqliteAudit.Read(connection, query), cancel);

    public Task<TrailState> TrailAsync(CancellationToken cancel) => file.ReadAsync(SqliteTrail.State, cancel);

    public Task<bool> SealAsync(AuditPoint from, IReadOnlyList<StoredAudit> next, CancellationToken cancel) =>
        file.WriteAsync(connection => SqliteTrail.Seal(connection, from, next), cancel);

    public Task<bool> PruneAsync(AuditPoint anchor, IReadOnlyList<StoredAudit> first, AuditRecord record, CancellationToken cancel) =>
        file.WriteAsync(connection => SqliteTrail.Prune(connection, anchor, first, record), cancel);

    public Task<long?> PlaceAsync(string reader, CancellationToken cancel) =>
        file.ReadAsync(connection => SqliteTrail.Place(connection, reader), cancel);

    public Task<bool> MoveAsync(string reader, long? from, long to, CancellationToken cancel) =>
        file.WriteAsync(connection => SqliteTrail.Move(connection, reader, from, to), cancel);

    public Task<ImmutableArray<Incident>> ClosedIncidentsAsync(int limit, CancellationToken cancel) =>
        file.ReadAsync(connection => SqliteIncidents.Latest(connection, limit), cancel);

    public Task<Incident?> ClosedIncidentAsync(string id, CancellationToken cancel) =>
        file.ReadAsync(connection => SqliteIncidents.Find(connection, id), cancel);

    public void Dispose()
    {
        alive.Dispose();
        file.Dispose();
    }
}
