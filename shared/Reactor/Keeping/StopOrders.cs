using System.Collections.Concurrent;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Keeping;

/// <summary>
/// Keeps signals, and holds on to orders to stop all writes: each counts in this process from before it is kept until it is answered. One that
/// the store did not take goes on counting here, and is kept as soon as the store takes it.
/// </summary>
internal sealed class StopOrders(IStateStore store)
{
    private readonly ConcurrentDictionary<string, KillSwitchOrder> undecided = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> unkept = new(StringComparer.Ordinal);

    public bool Any => !undecided.IsEmpty;

    /// <returns>False when the inbox is full: nothing was kept.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was kept, or nobody knows: it says which.</exception>
    public async Task<bool> KeepAsync(IReadOnlyList<Signal> signals, CancellationToken cancel)
    {
        var orders = signals.OfType<KillSwitchOrder>().ToList();
        if (orders.Exists(order => !order.Stop)) ForgetUnkept();
        var stops = orders.Where(order => order.Stop).ToList();
        foreach (var stop in stops)
            (undecided[stop.RequestId], unkept[stop.RequestId]) = (stop, true);
        await ReadAsync(cancel);
        var kept = await store.AppendAsync(signals, cancel);
        foreach (var stop in stops)
            unkept.TryRemove(stop.RequestId, out _);
        return kept;
    }

    /// <summary>Before a run. What it appends a second time counts once: the requestId is the same.</summary>
    public async Task KeepLateAsync(CancellationToken cancel)
    {
        foreach (var id in unkept.Keys)
        {
            if (!undecided.TryGetValue(id, out var stop)) continue;
            await store.AppendAsync([stop], cancel);
            unkept.TryRemove(id, out _);
        }
    }

    /// <summary>From an answer on, given here or by another instance, the panel says it.</summary>
    public void Answered(Panel panel)
    {
        foreach (var id in undecided.Keys.Where(panel.Orders.ContainsKey))
            Forget(id);
    }

    /// <summary>What nobody can decide on is not promised a decision: a store that can be written and not read takes nothing in.</summary>
    private async Task ReadAsync(CancellationToken cancel)
    {
        try
        {
            await store.LoadAsync(cancel);
        }
        catch (StoreContentException fault) when (!fault.NothingKept)
        {
            throw new StoreContentException(fault.Message, fault.Misfit, fault) { NothingKept = true };
        }
        catch (StoreUnavailableException fault) when (!fault.NothingKept)
        {
            throw new StoreUnavailableException(fault.Message, fault) { NothingKept = true };
        }
    }

    private void ForgetUnkept()
    {
        foreach (var id in unkept.Keys) Forget(id);
    }

    private void Forget(string id)
    {
        undecided.TryRemove(id, out _);
        unkept.TryRemove(id, out _);
    }
}
