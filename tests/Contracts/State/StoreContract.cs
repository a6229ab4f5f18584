using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>What every store must do, whatever keeps it. One subclass for each.</summary>
public abstract partial class StoreContract
{
    protected const string Cluster = "prod";

    protected static DateTimeOffset Noon { get; } = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    protected ManualTime Time { get; } = new(Noon);

    protected static StateLimits Relaxed { get; } = new() { Durability = Durability.Relaxed };

    /// <summary>A further connection, as another process would have it, to the one store of this test.</summary>
    protected abstract IStateStore Connect(StateLimits? limits = null);

    private static CancellationToken None => CancellationToken.None;

    protected static AlertSignal Alert(string key, string summary = "") => new()
    {
        Key = key,
        ReceivedAt = Noon,
        Fingerprint = key,
        AlertName = "KEDAScalerErrors",
        Cause = Cause.ScalerErrors,
        Firing = true,
        StartsAt = Noon,
        Summary = summary,
    };

    protected static TripOrder Trip(string key) => new()
    {
        Key = key,
        ReceivedAt = Noon,
        RequestId = key,
        Reason = "drill",
        By = "ana",
        Principal = "key operator",
        Selection = new Selection(Scope.Cluster, null, null),
    };

    protected static Page NewPage(string id, string dedupKey = "incident-1", DateTimeOffset? at = null) => new()
    {
        Id = id,
        Kind = PageKind.Trigger,
        DedupKey = dedupKey,
        Cluster = Cluster,
        Severity = Severity.Error,
        At = at ?? Noon,
        Title = $"title of {id}",
        Happened = "something",
    };

    protected static AuditRecord Audited(string text, string? incident = null, TargetId? target = null, AuditKind kind = AuditKind.Decision) => new()
    {
        At = Noon,
        Kind = kind,
        Reason = Reason.IncidentOpened,
        Actor = "reactor",
        IncidentId = incident,
        Target = target,
        Text = text,
    };

    protected static Incident Closed(string id, DateTimeOffset at) => new()
    {
        Id = id,
        Cluster = Cluster,
        Cause = Cause.Manual,
        OpenedAt = at.AddHours(-1),
        ClosedAt = at,
        Why = "drill",
    };

    protected static async Task<StoreLease> TakeAsync(IStateStore store, string owner = "me") =>
        (await store.AcquireLeaseAsync(LeaseName.Runner, owner, HalfMinute, None)).Lease!;

    /// <summary>A commit of the panel as it is stored now.</summary>
    protected static async Task<Commit> NextAsync(IStateStore store, StoreLease? lease = null)
    {
        var stored = await store.LoadAsync(None);
        return new Commit { Panel = stored.Panel, ExpectedRevision = stored.Revision, Lease = lease, Unknown = stored.Unknown };
    }

    protected static async Task QueueAsync(IStateStore store, ImmutableArray<string> channels, params Page[] pages) =>
        Assert.True(await store.SaveAsync(await NextAsync(store) with { Pages = [.. pages], Channels = channels }, None));

    private static async Task<string[]> KeysAsync(IStateStore store) =>
        [.. (await store.PendingAsync(100, None)).Select(entry => entry.Signal.Key)];
}
