using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Keeping;

/// <summary>
/// What this process remembers by itself, from one run to the next: the panel that it knew last, the pages of the last minutes, and, while
/// the store is down, everything that it did without it.
/// </summary>
internal sealed class ProcessMemory(string cluster)
{
    /// <summary>A failover or a restored copy loses seconds to minutes; what was queued before that was delivered long ago.</summary>
    private static readonly TimeSpan KeepsPages = TimeSpan.FromMinutes(10);

    private readonly Lock sync = new();
    private OwnMemory? known;
    private ImmutableArray<Page> recent = [];
    private ImmutableArray<(PagedMatter What, DateTimeOffset At)> ended = [];

    /// <summary>Pages of the time without a store.</summary>
    public StandInOutbox Outbox { get; } = new();

    /// <summary>Since when the store can't be used; null while it can.</summary>
    public DateTimeOffset? StoreDownSince { get; private set; }

    /// <summary>For <see cref="Continuity"/>; null when nothing was read or saved yet.</summary>
    public OwnMemory? Known
    {
        get
        {
            lock (sync)
            {
                return known switch
                {
                    null => null,
                    { Ahead: true } => Lately(known) with
                    {
                        Pages = Outbox.Undelivered, Said = Outbox.Said, Audit = [.. known.Audit, .. Outbox.Deliveries],
                    },
                    _ => Lately(known),
                };
            }
        }
    }

    public void StoreIsDown(DateTimeOffset now)
    {
        lock (sync)
            StoreDownSince ??= now;
    }

    /// <summary>The store has this now, and we know it.</summary>
    public void InStep(StoredPanel stored, ImmutableArray<Page> queued, DateTimeOffset now)
    {
        lock (sync)
        {
            if (known is { Ahead: true })
                Outbox.Clear();
            StoreDownSince = null;
            recent = [.. recent.Where(page => now - page.At < KeepsPages).Concat(queued).DistinctBy(page => page.Id)];
            Know(stored, now);
        }
    }

    /// <summary>Another instance runs, and this is what it saved: known here too, should the store forget it.</summary>
    public void Heard(StoredPanel stored, DateTimeOffset now)
    {
        lock (sync)
        {
            // A store that went back, or began anew, is for the next run to judge by what was known before.
            if (known is null ? stored.Revision > 0 : !known.Ahead && stored.Chain == known.Chain && stored.Revision > known.Revision)
                Know(stored, now);
        }
    }

    private void Know(StoredPanel stored, DateTimeOffset now)
    {
        var open = PagedMatter.OpenIn(stored.Panel);
        var over = known is null ? [] : PagedMatter.OpenIn(known.Panel).Values.Where(what => !open.ContainsKey(what.DedupKey));
        ended = [.. ended.Where(one => now - one.At < KeepsPages), .. over.Select(what => (what, now))];
        known = new OwnMemory { Chain = stored.Chain, Revision = stored.Revision, Panel = stored.Panel };
    }

    private OwnMemory Lately(OwnMemory of) => of with { Series = Chains.New(), Recent = recent, Ended = [.. ended.Select(one => one.What)] };

    /// <summary>The panel to go on from without a store.</summary>
    public Panel Latest
    {
        get
        {
            lock (sync)
                return known?.Panel ?? Panel.Empty(cluster);
        }
    }

    /// <summary>As <see cref="Latest"/>, to decide on: others may go on from the same panel, so pages get a series of this time's own.</summary>
    public Panel Alone
    {
        get
        {
            lock (sync)
                return known is { Ahead: true } ? known.Panel : Latest with { PageSeries = Chains.New() };
        }
    }

    /// <summary>Decided without a store.</summary>
    public void GoneOn(Decision decision, ImmutableArray<string> channels)
    {
        lock (sync)
        {
            var before = known ?? new OwnMemory { Chain = "", Revision = 0, Panel = Panel.Empty(cluster) };
            known = before with { Panel = decision.Panel, Ahead = true, Audit = [.. before.Audit, .. decision.Audit] };
            Outbox.Queue(decision.Pages, channels);
        }
    }
}
