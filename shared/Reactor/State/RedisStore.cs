using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Redis;

namespace Sophia.Keda.Reactor.State;

/// <summary>
/// The state in Redis: several instances on several machines may share it. One server or cluster may hold the states of many clusters.
/// Nothing is connected before the first call, and each call connects again when it has to.
/// </summary>
public sealed class RedisStore : IStateStore, IAuditTrail, IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan ProvenFor = TimeSpan.FromMinutes(1);

    private readonly string cluster;
    private readonly RedisSettings settings;
    private readonly TimeProvider time;
    private readonly RedisScripts scripts;
    private readonly RedisLease leases;
    private readonly RedisPanelMemo memo = new();
    private long provenAt;

    /// <param name="cluster">Whose state it is. Any text.</param>
    /// <param name="settings">Where the server is.</param>
    /// <param name="time">
    /// The machine's clock: then the server's rules the leases, because machines differ. Any other is taken for the only clock there is.
    /// </param>
    /// <exception cref="ArgumentException">An endpoint is none, or a limit can not work.</exception>
    public RedisStore(string cluster, RedisSettings settings, TimeProvider time)
        : this(cluster, settings, time, serverRules: ReferenceEquals(time, TimeProvider.System))
    {
    }

    internal RedisStore(string cluster, RedisSettings settings, TimeProvider time, bool serverRules)
    {
        (this.cluster, this.settings, this.time) = (cluster, settings, time);
        RedisSetting.Check(settings);
        scripts = new RedisScripts(cluster, settings);
        leases = new RedisLease(scripts, time, serverRules);
    }

    public async Task<StoreCondition> OpenAsync(CancellationToken cancel)
    {
        await RedisPanel.LoadAsync(scripts, memo, cluster, cancel);
        await scripts.RunAsync(RedisScript.Rehearse, new RedisArguments(), cancel);
        var condition = await RedisDurability.OfAsync(scripts, settings, cancel) with
        {
            Unreadable = await RedisInbox.UnreadableAsync(scripts, cancel) + await RedisOutbox.UnreadableAsync(scripts, cancel),
        };
        return condition.AtLeast(settings.Limits.Durability);
    }

    public Task<StoredPanel> LoadAsync(CancellationToken cancel) => RedisPanel.LoadAsync(scripts, memo, cluster, cancel);

    public Task<bool> SaveAsync(Commit commit, CancellationToken cancel) =>
        commit.Panel.Cluster == cluster
            ? RedisCommit.SaveAsync(scripts, memo, commit, settings.Limits, time.GetUtcNow(), cancel)
            : throw new ArgumentException($"A panel of cluster '{commit.Panel.Cluster}' in the store of '{cluster}'.", nameof(commit));

    public async Task<bool> AppendAsync(IReadOnlyList<Signal> signals, CancellationToken cancel)
    {
        await ProveAsync(cancel);
        return await RedisInbox.AppendAsync(scripts, signals, settings.Limits.InboxBoundFor(signals), cancel);
    }

    public Task<ImmutableArray<InboxEntry>> PendingAsync(int limit, CancellationToken cancel) => RedisInbox.PendingAsync(scripts, limit, cancel);

    public async Task<LeaseAnswer> AcquireLeaseAsync(LeaseName name, string owner, TimeSpan duration, CancellationToken cancel)
    {
        await ProveAsync(cancel);
        return await leases.AcquireAsync(name, owner, duration, cancel);
    }

    public Task<StoreLease?> RenewLeaseAsync(StoreLease lease, TimeSpan duration, CancellationToken cancel) =>
        leases.RenewAsync(lease, duration, cancel);

    public Task ReleaseLeaseAsync(StoreLease lease, CancellationToken cancel) => leases.ReleaseAsync(lease, cancel);

    public Task<ImmutableArray<OutboxEntry>> DuePagesAsync(DateTimeOffset now, int limit, CancellationToken cancel) =>
        RedisOutbox.DueAsync(scripts, now, limit, cancel);

    public Task RecordDeliveryAsync(OutboxEntry after, AuditRecord audit, CancellationToken cancel) =>
        RedisOutbox.RecordAsync(scripts, after, audit, cancel);

    public Task<ImmutableArray<OutboxCount>> CountPagesAsync(CancellationToken cancel) => RedisOutbox.CountAsync(scripts, cancel);

    public Task QueuePagesAsync(IReadOnlyList<Page> pages, ImmutableArray<string> channels, CancellationToken cancel) =>
        RedisOutbox.QueueAsync(scripts, [.. pages], channels, settings.Limits.NoticeBound, cancel);

    public Task<ImmutableArray<OutboxEntry>> PagesAsync(PageQuery query, CancellationToken cancel) => RedisOutbox.ListAsync(scripts, query, cancel);

    public Task<bool> ResendAsync(string pageId, string channel, DateTimeOffset dueAt, AuditRecord audit, CancellationToken cancel) =>
        RedisOutbox.ResendAsync(scripts, pageId, channel, dueAt, audit, cancel);

    public Task AppendAuditAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancel) => RedisAudit.AppendAsync(scripts, records, cancel);

    public Task<ImmutableArray<StoredAudit>> AuditAsync(AuditQuery query, CancellationToken cancel) => RedisAudit.ReadAsync(scripts, query, cancel);

    public Task<TrailState> TrailAsync(CancellationToken cancel) => RedisTrail.StateAsync(scripts, cancel);

    public Task<bool> SealAsync(AuditPoint from, IReadOnlyList<StoredAudit> next, CancellationToken cancel) => RedisTrail.SealAsync(scripts, from, next, cancel);

    public Task<bool> PruneAsync(AuditPoint anchor, IReadOnlyList<StoredAudit> first, AuditRecord record, CancellationToken cancel) =>
        RedisTrail.PruneAsync(scripts, anchor, first, record, cancel);

    public Task<long?> PlaceAsync(string reader, CancellationToken cancel) => RedisTrail.PlaceAsync(scripts, reader, cancel);

    public Task<bool> MoveAsync(string reader, long? from, long to, CancellationToken cancel) => RedisTrail.MoveAsync(scripts, reader, from, to, cancel);

    public Task<ImmutableArray<Incident>> ClosedIncidentsAsync(int limit, CancellationToken cancel) => RedisIncidents.LatestAsync(scripts, limit, cancel);

    public Task<Incident?> ClosedIncidentAsync(string id, CancellationToken cancel) => RedisIncidents.FindAsync(scripts, id, cancel);

    public void Dispose() => scripts.Dispose();

    /// <summary>
    /// What is kept and decided counts on the durability that the settings ask for, and the server that answers may be another than at the
    /// start: one that was not there then, a replica that took over, one that was restarted with other settings.
    /// </summary>
    private async Task ProveAsync(CancellationToken cancel)
    {
        if (settings.Limits.Durability == Durability.Relaxed) return;
        var last = Interlocked.Read(ref provenAt);
        if (last != 0 && TimeProvider.System.GetElapsedTime(last) < ProvenFor) return;
        (await RedisDurability.OfAsync(scripts, settings, cancel)).AtLeast(settings.Limits.Durability);
        Interlocked.Exchange(ref provenAt, TimeProvider.System.GetTimestamp());
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
