using System.Collections.Immutable;
using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>One entry for each page and channel, until long after it ended.</summary>
internal static class RedisOutbox
{
    private const int PagesAtOnce = 100;

    public static void AddPages(RedisArguments arguments, ImmutableArray<Page> pages, ImmutableArray<string> channels) =>
        arguments.AddMany(pages, (to, page) => to
            .AddJson(ReactorJson.Write(page))
            .AddMany((IReadOnlyCollection<string>?)page.Channels ?? channels, (each, channel) => each
                .Add(Id(page.Id, channel))
                .Add(ReactorJson.Write(new Row(channel, page.Id, page.DedupKey, page.At.UtcTicks)))));

    public static void AddPruning(RedisArguments arguments, DateTimeOffset endedBefore) => arguments.Add(endedBefore.ToUnixTimeMilliseconds());

    public static Task QueueAsync(RedisScripts scripts, ImmutableArray<Page> pages, ImmutableArray<string> channels, CancellationToken cancel)
    {
        var arguments = new RedisArguments();
        AddPages(arguments, pages, channels);
        return scripts.RunAsync(RedisOutboxScripts.Queued, arguments, cancel);
    }

    public static async Task<bool> ResendAsync(RedisScripts scripts, string pageId, string channel, DateTimeOffset dueAt, AuditRecord audit, CancellationToken cancel)
    {
        var arguments = new RedisArguments().Add(Id(pageId, channel)).Add(ReactorJson.Write(new Try(0, dueAt.UtcTicks, "")));
        RedisAudit.AddRecords(arguments, [audit]);
        return (await scripts.RunAsync(RedisOutboxScripts.Again, arguments, cancel)).Number(0) == 1;
    }

    public static async Task<ImmutableArray<OutboxEntry>> ListAsync(RedisScripts scripts, PageQuery query, CancellationToken cancel)
    {
        var entered = new List<(Entered Of, DeliveryState State)>();
        if (query.State is null or DeliveryState.Waiting)
            entered.AddRange((await WaitingAsync(scripts, cancel)).Select(entry => (entry, DeliveryState.Waiting)));
        if (query.State is null or DeliveryState.Dead)
            entered.AddRange(Entries(await scripts.RunAsync(RedisOutboxScripts.GivenUp, new RedisArguments(), cancel)).Known.Select(entry => (entry, DeliveryState.Dead)));
        var pages = ImmutableArray.CreateBuilder<OutboxEntry>();
        foreach (var some in entered.Where(e => query.Channel is null || e.Of.Row.Channel == query.Channel).OrderBy(e => e.Of.Sequence).Chunk(PagesAtOnce))
        {
            var read = await PagesAsync(scripts, [.. some.Select(e => e.Of)], cancel);
            pages.AddRange(some.Zip(read, (e, page) => Entry(e.Of, page) is { } entry ? entry with { State = e.State } : null).OfType<OutboxEntry>());
            if (pages.Count >= query.Limit) break;
        }

        return [.. pages.Take(query.Limit)];
    }

    public static async Task<ImmutableArray<OutboxEntry>> DueAsync(RedisScripts scripts, DateTimeOffset now, int limitPerChannel, CancellationToken cancel)
    {
        var waiting = await WaitingAsync(scripts, cancel);
        var several = waiting.CountBy(entry => (entry.Row.Channel, entry.Row.DedupKey)).Where(of => of.Value > 1).Select(of => of.Key).ToHashSet();
        var due = waiting
            // The first that waits of its incident on its channel holds back the others, due or not.
            .DistinctBy(entry => (entry.Row.Channel, entry.Row.DedupKey))
            .Where(entry => entry.DueAt <= now.UtcTicks);
        var found = await ReadableAsync(scripts, [.. due], limitPerChannel, cancel);
        return [.. found.Select(entry => entry with { Overtaken = several.Contains((entry.Channel, entry.Page.DedupKey)) })];
    }

    /// <summary>At most so many of each channel, counted after reading: what this version can't read takes nobody's place.</summary>
    private static async Task<ImmutableArray<OutboxEntry>> ReadableAsync(RedisScripts scripts, List<Entered> due, int limitPerChannel, CancellationToken cancel)
    {
        var entries = new List<OutboxEntry>();
        while (due.Count > 0)
        {
            var room = entries.CountBy(entry => entry.Channel).ToDictionary(channel => channel.Key, channel => limitPerChannel - channel.Value);
            var some = due.GroupBy(entry => entry.Row.Channel)
                .SelectMany(channel => channel.Take(room.GetValueOrDefault(channel.Key, limitPerChannel)))
                .OrderBy(entry => entry.Sequence)
                .Take(PagesAtOnce)
                .ToArray();
            if (some.Length == 0) break;
            due.RemoveAll(some.Contains);
            entries.AddRange(some.Zip(await PagesAsync(scripts, some, cancel), Entry).OfType<OutboxEntry>());
        }

        return [.. entries.OrderBy(entry => entry.Sequence)];
    }

    public static async Task<long> UnreadableAsync(RedisScripts scripts, CancellationToken cancel)
    {
        var (waiting, unreadable) = await AllWaitingAsync(scripts, cancel);
        foreach (var some in waiting.Chunk(PagesAtOnce))
            unreadable += (await PagesAsync(scripts, some, cancel)).Count(page => page is null);
        return unreadable;
    }

    public static Task RecordAsync(RedisScripts scripts, OutboxEntry after, AuditRecord audit, CancellationToken cancel)
    {
        var arguments = new RedisArguments()
            .Add(after.Sequence)
            .Add(Id(after.Page.Id, after.Channel))
            .Add(after.Channel)
            .Add(after.State.ToString())
            .Add(ReactorJson.Write(new Try(after.Attempts, after.DueAt.UtcTicks, after.LastError)))
            .Add(audit.At.ToUnixTimeMilliseconds());
        RedisAudit.AddRecords(arguments, [audit]);
        return scripts.RunAsync(RedisOutboxScripts.Attempted, arguments, cancel);
    }

    public static async Task<ImmutableArray<OutboxCount>> CountAsync(RedisScripts scripts, CancellationToken cancel)
    {
        var waiting = (await WaitingAsync(scripts, cancel)).ToLookup(entry => entry.Row.Channel);
        var found = await scripts.RunAsync(RedisOutboxScripts.Dead, new RedisArguments(), cancel);
        var dead = Enumerable.Range(0, found.Count / 2).ToDictionary(i => found.Text(2 * i), i => (int)found.Number((2 * i) + 1));
        return
        [
            .. waiting.Select(channel => channel.Key).Union(dead.Keys).Order(StringComparer.Ordinal).Select(channel => new OutboxCount(
                channel,
                waiting[channel].Count(),
                dead.GetValueOrDefault(channel),
                waiting.Contains(channel) ? new DateTimeOffset(waiting[channel].Min(entry => entry.Row.QueuedAt), TimeSpan.Zero) : null)),
        ];
    }

    private static async Task<IReadOnlyList<Entered>> WaitingAsync(RedisScripts scripts, CancellationToken cancel) =>
        (await AllWaitingAsync(scripts, cancel)).Waiting;

    private static async Task<(List<Entered> Waiting, long Unreadable)> AllWaitingAsync(RedisScripts scripts, CancellationToken cancel) =>
        Entries(await scripts.RunAsync(RedisOutboxScripts.Waiting, new RedisArguments(), cancel));

    private static (List<Entered> Known, long Unreadable) Entries(RedisReply found)
    {
        var waiting = new List<Entered>(found.Count / 3);
        for (var i = 0; i < found.Count; i += 3)
        {
            var tried = Try.None;
            if (found.JsonOrNull(i + 1) is { } row && Readable.TryRead<Row>(row, out var known) && IsTime(known.QueuedAt)
                && (found.IsNull(i + 2) || (Readable.TryRead(found.JsonOrNull(i + 2) ?? "", out tried) && IsTime(tried.DueAt ?? 0))))
            {
                waiting.Add(new Entered(found.Number(i), known, tried ?? Try.None));
            }
        }

        return (waiting, (found.Count / 3) - waiting.Count);
    }

    /// <summary>In the same order; null for one that this version can't read.</summary>
    private static async Task<List<Page?>> PagesAsync(RedisScripts scripts, Entered[] entries, CancellationToken cancel)
    {
        var found = await scripts.RunAsync(RedisOutboxScripts.Pages, new RedisArguments().AddMany(entries, (to, entry) => to.Add(entry.Sequence)), cancel);
        return [.. Enumerable.Range(0, found.Count).Select(i => found.JsonOrNull(i) is { } json && Readable.TryRead<Page>(json, out var page) ? page : null)];
    }

    private static OutboxEntry? Entry(Entered entry, Page? page) => page is null ? null : new OutboxEntry
    {
        Sequence = entry.Sequence,
        Channel = entry.Row.Channel,
        State = DeliveryState.Waiting,
        Attempts = entry.Tried.Attempts,
        DueAt = new DateTimeOffset(entry.DueAt, TimeSpan.Zero),
        LastError = entry.Tried.LastError,
        Page = page,
    };

    private static bool IsTime(long ticks) => ticks >= 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks;

    // No two pairs of texts make the same one.
    private static string Id(string pageId, string channel) => $"{Uri.EscapeDataString(channel)}/{pageId}";

    /// <param name="QueuedAt">UTC ticks.</param>
    private sealed record Row(string Channel, string PageId, string DedupKey, long QueuedAt);

    /// <param name="DueAt">UTC ticks; null before the first try.</param>
    private sealed record Try(int Attempts, long? DueAt, string LastError)
    {
        public static Try None { get; } = new(0, null, "");
    }

    private sealed record Entered(long Sequence, Row Row, Try Tried)
    {
        public long DueAt => Tried.DueAt ?? Row.QueuedAt;
    }
}
