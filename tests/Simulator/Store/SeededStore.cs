using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Simulator.Faults;
using Sophia.Keda.Reactor.Simulator.Reactors;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Simulator.Store;

/// <summary>The store as one process reaches it: each call takes a moment, in which others go on, and can go wrong before and after its effect.</summary>
internal sealed class SeededStore(MemoryStore store, Reactors.StoreWeather weather, Instance me) : IStateStore
{
    public Task<StoreCondition> OpenAsync(CancellationToken cancel) => Ask(() => new StoreCondition { Words = "memory" });

    public Task<StoredPanel> LoadAsync(CancellationToken cancel) => Ask(store.Load);

    public Task<bool> SaveAsync(Commit commit, CancellationToken cancel) => Do(() => store.Save(commit));

    public Task<bool> AppendAsync(IReadOnlyList<Signal> signals, CancellationToken cancel) => Do(() => store.Append(signals));

    public Task<ImmutableArray<InboxEntry>> PendingAsync(int limit, CancellationToken cancel) => Ask(() => store.Pending(limit));

    public Task<LeaseAnswer> AcquireLeaseAsync(LeaseName name, string owner, TimeSpan duration, CancellationToken cancel) =>
        Do(() => store.Acquire(name, owner, duration, me.Clock.GetUtcNow()));

    public Task<StoreLease?> RenewLeaseAsync(StoreLease lease, TimeSpan duration, CancellationToken cancel) =>
        Do(() => store.Renew(lease, duration, me.Clock.GetUtcNow()));

    public Task ReleaseLeaseAsync(StoreLease lease, CancellationToken cancel) => Do(() => Done(() => store.Release(lease)));

    public Task<ImmutableArray<OutboxEntry>> DuePagesAsync(DateTimeOffset now, int limit, CancellationToken cancel) => Ask(() => store.Due(now, limit));

    public Task RecordDeliveryAsync(OutboxEntry after, AuditRecord audit, CancellationToken cancel) => Do(() => Done(() => store.Record(after, audit)));

    public Task<ImmutableArray<OutboxCount>> CountPagesAsync(CancellationToken cancel) => Ask(store.Count);

    public Task QueuePagesAsync(IReadOnlyList<Page> pages, ImmutableArray<string> channels, CancellationToken cancel) => Do(() => Done(() => store.Queue(pages, channels)));

    public Task<ImmutableArray<OutboxEntry>> PagesAsync(PageQuery query, CancellationToken cancel) => Ask(() => store.Pages(query));

    public Task<bool> ResendAsync(string pageId, string channel, DateTimeOffset dueAt, AuditRecord audit, CancellationToken cancel) =>
        Do(() => store.Resend(pageId, channel, dueAt, audit));

    public Task AppendAuditAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancel) => Do(() => Done(() => store.AppendAudit(records)));

    public Task<ImmutableArray<StoredAudit>> AuditAsync(AuditQuery query, CancellationToken cancel) => Ask(() => store.Audit(query.After, query.Limit));

    public Task<ImmutableArray<Incident>> ClosedIncidentsAsync(int limit, CancellationToken cancel) => Ask(() => store.ClosedIncidents(limit));

    public Task<Incident?> ClosedIncidentAsync(string id, CancellationToken cancel) => Ask(() => store.ClosedIncident(id));

    private static bool Done(Action what)
    {
        what();
        return true;
    }

    private Task<T> Ask<T>(Func<T> call) => CallAsync(call);

    private Task<T> Do<T>(Func<T> call) => CallAsync(call);

    private async Task<T> CallAsync<T>(Func<T> call)
    {
        var fault = me.Fault(Places.Store);
        await me.MomentAsync();
        switch (fault)
        {
            case FaultKind.CrashBefore:
                await me.CrashAsync("before a call to the store");
                break;
            case FaultKind.Sleep:
                await me.SleepAsync();
                break;
            case FaultKind.LostRequest or FaultKind.Conflict or FaultKind.TooMany or FaultKind.ServerError:
                throw new StoreUnavailableException("the request was lost") { NothingKept = true };
            case FaultKind.Timeout:
                await Task.Delay(TimeSpan.FromSeconds(5), me.Clock);
                throw new StoreUnavailableException("no answer in time");
        }

        weather.ThrowIfBad();
        var result = call();
        if (fault == FaultKind.CrashAfter)
            await me.CrashAsync("after a call to the store");
        if (fault == FaultKind.LostReply)
            throw new StoreUnavailableException("the reply was lost");
        return result;
    }
}
