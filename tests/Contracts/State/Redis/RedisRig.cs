using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>Stores that a test opened and their clock; closed with it.</summary>
public abstract class RedisRig : IDisposable
{
    private readonly List<IDisposable> opened = [];

    protected static CancellationToken None => CancellationToken.None;

    protected static DateTimeOffset Noon { get; } = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    protected static StateLimits Relaxed { get; } = new() { Durability = Durability.Relaxed };

    protected ManualTime Time { get; } = new(Noon);

    private protected RedisServer Server(params string[] options) => Keep(new RedisServer(options)).Start();

    private protected T Keep<T>(T thing)
        where T : IDisposable
    {
        opened.Add(thing);
        return thing;
    }

    private protected RedisStore Store(RedisServer server, string cluster = "prod", Func<RedisSettings, RedisSettings>? with = null)
    {
        var settings = new RedisSettings { Endpoints = [server.Endpoint], Limits = Relaxed };
        return Keep(new RedisStore(cluster, with is null ? settings : with(settings), Time));
    }

    protected static Page NewPage(string id, string dedupKey = "incident-1") => new()
    {
        Id = id,
        Kind = PageKind.Trigger,
        DedupKey = dedupKey,
        Cluster = "prod",
        Severity = Severity.Error,
        At = Noon,
        Title = "title",
        Happened = "something",
    };

    protected static TripOrder Order(string key) => new()
    {
        Key = key,
        ReceivedAt = Noon,
        RequestId = key,
        Reason = "drill",
        By = "ana",
        Principal = "key operator",
        Selection = new Selection(Scope.Cluster, null, null),
    };

    protected static AuditRecord Audited(string text, string? incident = null, AuditKind kind = AuditKind.Decision) => new()
    {
        At = Noon,
        Kind = kind,
        Reason = Reason.IncidentOpened,
        Actor = "reactor",
        IncidentId = incident,
        Text = text,
    };

    /// <summary>A commit with something of everything in it.</summary>
    protected static async Task<Commit> FullAsync(IStateStore store, string mark, StoreLease? lease = null, string cluster = "prod")
    {
        var stored = await store.LoadAsync(None);
        return new Commit
        {
            Panel = Panel.Empty(cluster) with { Signs = new ClusterSigns { MetricsServerReason = mark } },
            ExpectedRevision = stored.Revision,
            Lease = lease,
            Decided = [.. (await store.PendingAsync(100, None)).Select(entry => entry.Sequence)],
            Pages = [NewPage(mark, mark)],
            Channels = ["slack", "email"],
            Audit = [Audited(mark, mark)],
            Closed = [new Incident { Id = mark, Cluster = cluster, Cause = Cause.Manual, OpenedAt = Noon, ClosedAt = Noon, Why = "drill" }],
        };
    }

    /// <summary>Everything that a store holds, as text.</summary>
    protected static async Task<string> HeldAsync(IStateStore store)
    {
        var stored = await store.LoadAsync(None);
        return $"{stored.Revision} {stored.Panel.Signs.MetricsServerReason} | "
            + $"{string.Join(' ', (await store.PendingAsync(100, None)).Select(entry => $"{entry.Sequence}:{entry.Signal.Key}"))} | "
            + $"{string.Join(' ', (await store.DuePagesAsync(Noon, 100, None)).Select(entry => $"{entry.Sequence}:{entry.Page.Id}@{entry.Channel}"))} | "
            + $"{string.Join(' ', (await store.AuditAsync(new AuditQuery(), None)).Select(each => $"{each.Sequence}:{each.Record.Text}"))} | "
            + string.Join(' ', (await store.ClosedIncidentsAsync(100, None)).Select(incident => incident.Id));
    }

    public void Dispose()
    {
        opened.Reverse();
        opened.ForEach(thing => thing.Dispose());
        GC.SuppressFinalize(this);
    }
}
