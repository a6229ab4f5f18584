using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Keeping;

/// <summary>The panel in the store, under its lease, brought together with what this process remembers.</summary>
internal sealed class StoreKeeper(IStateStore store, ProcessMemory memory, Policy policy, TimeProvider time, string instance, ILogger log) : IKeeper
{
    private StoreLease? lease;
    private bool pagesRead;

    public async Task<TimeSpan?> BeginAsync(CancellationToken cancel)
    {
        var answer = await store.AcquireLeaseAsync(LeaseName.Runner, instance, policy.Lease, cancel);
        lease = answer.Lease;
        return lease is null ? answer.FreeIn : null;
    }

    /// <summary>Renews the lease when a third of it is used up.</summary>
    public async Task<bool> GoOnAsync(CancellationToken cancel)
    {
        if (lease is null)
            return false;
        if (lease.Until - time.GetUtcNow() > policy.Lease * (2.0 / 3))
            return true;
        if (await store.RenewLeaseAsync(lease, policy.Lease, cancel) is not { } renewed)
        {
            log.LogWarning("The lease was lost to another instance; it goes on from here");
            lease = null;
            return false;
        }

        lease = renewed;
        return true;
    }

    public bool Outlives(TimeSpan request) => lease is not null && lease.Until - time.GetUtcNow() > request;

    public async Task<Basis> LoadAsync(int signals, CancellationToken cancel)
    {
        await ReadPagesAsync(cancel);
        var pending = await store.PendingAsync(signals, cancel);
        var stored = await store.LoadAsync(cancel);
        var known = memory.Known;
        var closed = ImmutableHashSet<string>.Empty;
        foreach (var id in Continuity.RebuiltAlone(stored.Panel, known))
            if (await store.ClosedIncidentAsync(id, cancel) is not null)
                closed = closed.Add(id);
        var continued = Continuity.Of(stored.Panel, stored.Revision, stored.Chain, known, time.GetUtcNow(), closed);
        if (continued.NewChain)
            log.LogCritical("{Loss}", continued.Audit[0].Text);
        return new Basis(continued.Panel) { Pending = pending, Stored = stored, Continued = continued };
    }

    public Task<Past> PastAsync(IReadOnlyList<TargetMemory> memories, CancellationToken cancel) => PastInStore.FindAsync(store, memories, cancel);

    public async Task<Basis?> SaveAsync(Basis basis, Decision decision, CancellationToken cancel)
    {
        var (stored, continued) = (basis.Stored!, basis.Continued);
        var chain = continued?.NewChain == true ? Chains.New() : null;
        var commit = new Commit
        {
            Panel = decision.Panel,
            ExpectedRevision = stored.Revision,
            Lease = lease,
            Unknown = stored.Unknown,
            NewChain = chain,
            Decided = [.. basis.Pending.Select(p => p.Sequence)],
            Pages = [.. continued?.Pages ?? [], .. decision.Pages],
            Channels = policy.AlertChannels,
            Audit = [.. continued?.Audit ?? [], .. decision.Audit],
            Closed = decision.Closed,
        };
        if (!await store.SaveAsync(commit, cancel))
            return null;
        var now = stored with { Panel = decision.Panel, Revision = stored.Revision + 1, Chain = chain ?? stored.Chain };
        memory.InStep(now, commit.Pages, time.GetUtcNow());
        return new Basis(decision.Panel) { Stored = now };
    }

    /// <summary>
    /// Once in each run: a store whose pages can't be read is down as a whole, so that what is decided is told from memory. A run that queues
    /// none would not notice.
    /// </summary>
    private async Task ReadPagesAsync(CancellationToken cancel)
    {
        if (pagesRead) return;
        await store.DuePagesAsync(time.GetUtcNow(), limit: 1, cancel);
        pagesRead = true;
    }

    public async Task EndAsync()
    {
        if (lease is { } held)
            await store.ReleaseLeaseAsync(held, CancellationToken.None);
    }

    public async Task<bool> AnyWaitingAsync(CancellationToken cancel) => !(await store.PendingAsync(1, cancel)).IsEmpty;
}
