using System.Collections.Immutable;
using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>One entry for each page and channel, until long after it ended.</summary>
internal static class RedisOutbox
{
    private const int PagesAtOnce = 100;

    public static void AddPages(RedisArguments arguments, Queueing queueing) => arguments
        .AddMany(queueing.Pages, (to, queued) => to
            .AddJson(ReactorJson.Write(queued.Page))
            .AddMany(queued.Channels, (each, on) => each
                .Add(Id(queued.Page.Id, on.Channel))
                .Add(ReactorJson.Write(Row.Of(queued.Page, on.Channel)))
                .Add(on.Channel)
                .Add(on.Needs)))
        .AddMany(queueing.Dropped, (to, dropped) => to.Add(dropped.Key).Add(dropped.Value));

    /// <summary>What goes where. Only for notices it has to be known what waits already.</summary>
    public static async Task<Queueing> PrepareAsync(
        RedisScripts scripts, ImmutableArray<Page> pages, ImmutableArray<string> channels, int noticeBound, CancellationToken cancel)
    {
        var notices = pages.Any(NoticeRoom.IsNotice)
            ? (await WaitingAsync(scripts, cancel)).Where(entry => entry.Row.Notice).CountBy(entry => entry.Row.Channel).ToDictionary(StringComparer.Ordinal)
            : [];
        var room = new NoticeRoom(noticeBound);
        var queued = new List<Queued>();
        foreach (var page in pages)
        {
            var on = new List<(string Channel, string Needs)>();
            foreach (var channel in page.Channels?.AsEnumerable() ?? channels)
            {
                var needs = "";
                if (room.Takes(page, channel, of => notices.GetValueOrDefault(of), () => (needs = Id(page.DedupKey + "#1", channel)).Length > 0))
                    on.Add((channel, needs));
            }

            queued.Add(new Queued(page, on));
        }

        return new Queueing(queued, room.Dropped);
    }

    public static void AddPruning(RedisArguments arguments, DateTimeOffset endedBefore) => arguments.Add(endedBefore.ToUnixTimeMilliseconds());

    public static async Task QueueAsync(
        RedisScripts scripts, ImmutableArray<Page> pages, ImmutableArray<string> channels, int noticeBound, CancellationToken cancel)
    {
        var arguments = new RedisArguments();
        AddPages(arguments, await PrepareAsync(scripts, pages, channels, noticeBound, cancel));
        await scripts.RunAsync(RedisOutboxScripts.Queued, arguments, cancel);
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
        var waiting = (await WaitingAsync(scripts, cancel)).ToDictionary(entry => entry.Sequence);
        var urgencies = await UrgenciesAsync(scripts, [.. waiting.Values.Where(entry => entry.Row.Urgency is null)], cancel);
        var due = DueOrder.Of(
            [
                .. waiting.Values.OrderBy(entry => entry.Sequence).Select(entry => new WaitingPage(
                    entry.Sequence, entry.Row.Channel, entry.Row.DedupKey, new DateTimeOffset(entry.DueAt, TimeSpan.Zero), entry.Row.Urgency ?? urgencies[entry.Sequence])),
            ],
            now).ToList();
        return await ReadableAsync(scripts, waiting, due, limitPerChannel, cancel);
    }

    /// <summary>Rows of the version before don't say it: the page does.</summary>
    private static async Task<Dictionary<long, int>> UrgenciesAsync(RedisScripts scripts, Entered[] unsaid, CancellationToken cancel)
    {
        var urgencies = new Dictionary<long, int>();
        foreach (var some in unsaid.Chunk(PagesAtOnce))
            foreach (var (entry, page) in some.Zip(await PagesAsync(scripts, some, cancel)))
                urgencies[entry.Sequence] = page is null ? DueOrder.Unknown : DueOrder.UrgencyOf(page);
        return urgencies;
    }

    /// <summary>At most so many of each channel, counted after reading: what this version can't read takes nobody's place.</summary>
    private static async Task<ImmutableArray<OutboxEntry>> ReadableAsync(
        RedisScripts scripts, Dictionary<long, Entered> waiting, List<(WaitingPage Page, bool Overtaken)> due, int limitPerChannel, CancellationToken cancel)
    {
        var entries = new Dictionary<long, OutboxEntry>();
        var left = due;
        while (left.Count > 0)
        {
            var room = entries.Values.CountBy(entry => entry.Channel).ToDictionary(channel => channel.Key, channel => limitPerChannel - channel.Value);
            var some = left.GroupBy(turn => turn.Page.Channel)
                .SelectMany(channel => channel.Take(room.GetValueOrDefault(channel.Key, limitPerChannel)))
                .Take(PagesAtOnce)
                .ToArray();
            if (some.Length == 0) break;
            left = [.. left.Except(some)];
            var read = await PagesAsync(scripts, [.. some.Select(turn => waiting[turn.Page.Sequence])], cancel);
            foreach (var (turn, page) in some.Zip(read))
                if (Entry(waiting[turn.Page.Sequence], page) is { } entry)
                    entries[entry.Sequence] = entry with { Overtaken = turn.Overtaken };
        }

        return [.. due.Select(turn => entries.GetValueOrDefault(turn.Page.Sequence)).OfType<OutboxEntry>()];
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
        var found = await scripts.RunAsync(RedisOutboxScripts.Ended, new RedisArguments(), cancel);
        var ended = Enumerable.Range(0, found.Count / 3).ToDictionary(i => found.Text(3 * i), i => (Dead: (int)found.Number((3 * i) + 1), Dropped: found.Number((3 * i) + 2)));
        return
        [
            .. waiting.Select(channel => channel.Key).Union(ended.Keys).Order(StringComparer.Ordinal).Select(channel => new OutboxCount(
                channel,
                waiting[channel].Count(),
                ended.GetValueOrDefault(channel).Dead,
                waiting.Contains(channel) ? new DateTimeOffset(waiting[channel].Min(entry => entry.Row.QueuedAt), TimeSpan.Zero) : null,
                ended.GetValueOrDefault(channel).Dropped)),
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

    /// <summary>What goes where, and how many notices are left out, by channel.</summary>
    internal sealed record Queueing(List<Queued> Pages, IReadOnlyDictionary<string, long> Dropped);

    /// <param name="Page">The page.</param>
    /// <param name="Channels">Where to; with the id of the entry that must be there already, or nothing.</param>
    internal sealed record Queued(Page Page, List<(string Channel, string Needs)> Channels);

    /// <param name="QueuedAt">UTC ticks.</param>
    private sealed record Row(string Channel, string PageId, string DedupKey, long QueuedAt)
    {
        /// <summary>Null in a row of the version before.</summary>
        public int? Urgency { get; init; }

        /// <summary>Whether it counts against the bound on notices.</summary>
        public bool Notice { get; init; }

        public static Row Of(Page page, string channel) => new(channel, page.Id, page.DedupKey, page.At.UtcTicks)
        {
            Urgency = DueOrder.UrgencyOf(page), Notice = NoticeRoom.IsNotice(page),
        };
    }

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
