using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Keeping;

/// <summary>Pages in memory, while there is no store to queue them in: people must be told all the same.</summary>
internal sealed class StandInOutbox : IOutbox
{
    private readonly Lock sync = new();
    private readonly List<OutboxEntry> entries = [];
    private readonly List<AuditRecord> deliveries = [];
    private long sequence;

    /// <summary>Pages that some channel has not taken yet, each once.</summary>
    public ImmutableArray<Page> Undelivered
    {
        get
        {
            lock (sync)
                return [.. entries.Where(e => e.State == DeliveryState.Waiting).Select(e => e.Page).DistinctBy(page => page.Id)];
        }
    }

    /// <summary>Everything that was said here, whoever has taken it.</summary>
    public ImmutableArray<Page> Said
    {
        get
        {
            lock (sync)
                return [.. entries.Select(e => e.Page).DistinctBy(page => page.Id)];
        }
    }

    /// <summary>Each page on each channel that has not taken it: waiting, or given up.</summary>
    public ImmutableArray<OutboxEntry> NotDelivered
    {
        get
        {
            lock (sync)
                return [.. entries.Where(e => e.State != DeliveryState.Delivered)];
        }
    }

    /// <summary>How sending went, for the audit trail once there is one again.</summary>
    public ImmutableArray<AuditRecord> Deliveries
    {
        get
        {
            lock (sync)
                return [.. deliveries];
        }
    }

    public void Queue(ImmutableArray<Page> pages, ImmutableArray<string> channels)
    {
        lock (sync)
        {
            foreach (var page in pages.Where(page => !entries.Exists(e => e.Page.Id == page.Id)))
                entries.AddRange((page.Channels?.AsEnumerable() ?? channels).Select(channel => new OutboxEntry
                {
                    Sequence = ++sequence, Page = page, Channel = channel, State = DeliveryState.Waiting, DueAt = page.At,
                }));
        }
    }

    public Task<ImmutableArray<OutboxEntry>> DuePagesAsync(DateTimeOffset now, int limit, CancellationToken cancel)
    {
        lock (sync)
        {
            var waiting = entries.Where(e => e.State == DeliveryState.Waiting).ToList();
            var several = waiting.CountBy(e => (e.Channel, e.Page.DedupKey)).Where(of => of.Value > 1).Select(of => of.Key).ToHashSet();
            var first = waiting.DistinctBy(e => (e.Channel, e.Page.DedupKey)).Select(e => e with { Overtaken = several.Contains((e.Channel, e.Page.DedupKey)) });
            return Task.FromResult(first.Where(e => e.DueAt <= now).GroupBy(e => e.Channel, StringComparer.Ordinal)
                .SelectMany(channel => channel.Take(limit)).OrderBy(e => e.Sequence).ToImmutableArray());
        }
    }

    public Task RecordDeliveryAsync(OutboxEntry after, AuditRecord audit, CancellationToken cancel)
    {
        lock (sync)
        {
            var at = entries.FindIndex(e => e.Sequence == after.Sequence && e.State == DeliveryState.Waiting);
            if (at >= 0)
                entries[at] = after;
            deliveries.Add(audit);
        }

        return Task.CompletedTask;
    }

    /// <summary>What was in it is in the store now.</summary>
    public void Clear()
    {
        lock (sync)
        {
            entries.Clear();
            deliveries.Clear();
        }
    }
}
