using System.Collections.Immutable;
using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>One entry for each page and channel, until long after it ended.</summary>
internal static class RedisOutbox
{
    public const string Queue = """
        local function queue()
            local last = tonumber(meta[5])
            for _ = 1, takenumber() do
                local page = take()
                for _ = 1, takenumber() do
                    local id, row = take(), take()
                    if redis.call('HEXISTS', IDS, id) == 0 then
                        last = last + 1
                        local number = text(last)
                        redis.call('HSET', IDS, id, number)
                        redis.call('HSET', ROWS, number, row)
                        redis.call('HSET', PAGES, number, page)
                        redis.call('ZADD', WAITING, number, number)
                    end
                end
            end
            redis.call('HSET', META, 'outbox', text(last))
        end
        """;

    public const string Prune = """
        local function prune_pages()
            for _, ended in ipairs(redis.call('ZRANGEBYSCORE', ENDED, '-inf', '(' .. take(), 'LIMIT', 0, 200)) do
                local number, id = string.match(ended, '^(%d+) (.*)$')
                redis.call('ZREM', ENDED, ended)
                if number then
                    redis.call('HDEL', IDS, id)
                    for _, of in ipairs({ROWS, TRIES, PAGES, DEAD}) do redis.call('HDEL', of, number) end
                end
            end
        end
        """;

    private const int PagesAtOnce = 100;

    // Without the pages: the order is found from the little that is said here, and only the pages that are due travel.
    private static readonly RedisScript Waiting = RedisScript.Read(
        """
        local numbers = redis.call('ZRANGE', WAITING, 0, -1)
        local rows, tries, reply = many(ROWS, numbers), many(TRIES, numbers), {'done'}
        for i, number in ipairs(numbers) do
            reply[#reply + 1] = number
            reply[#reply + 1] = rows[i]
            reply[#reply + 1] = tries[i]
        end
        return reply
        """);

    private static readonly RedisScript Pages = RedisScript.Read(
        """
        local numbers, reply = {}, {'done'}
        for i = 1, takenumber() do numbers[i] = take() end
        for i, page in ipairs(many(PAGES, numbers)) do reply[i + 1] = page end
        return reply
        """);

    private static readonly RedisScript Dead = RedisScript.Read(
        """
        local channels, counts, reply = {}, {}, {'done'}
        for _, channel in ipairs(redis.call('HVALS', DEAD)) do
            if not counts[channel] then channels[#channels + 1] = channel end
            counts[channel] = (counts[channel] or 0) + 1
        end
        for _, channel in ipairs(channels) do
            reply[#reply + 1] = channel
            reply[#reply + 1] = counts[channel]
        end
        return reply
        """);

    // Only while it waits: a late "try again" of one process never revives what another one has delivered.
    private static readonly RedisScript Attempted = RedisScript.Write(
        RedisAudit.Append,
        """
        local number, id, channel, state, try, at = take(), take(), take(), take(), take(), take()
        if redis.call('ZSCORE', WAITING, number) then
            redis.call('HSET', TRIES, number, try)
            if state ~= 'Waiting' then
                redis.call('ZREM', WAITING, number)
                redis.call('ZADD', ENDED, at, number .. ' ' .. id)
                -- Nobody reads it again; a dead one is kept for people.
                if state == 'Delivered' then redis.call('HDEL', PAGES, number) else redis.call('HSET', DEAD, number, channel) end
            end
        end
        audit()
        return {'done'}
        """);

    public static void AddPages(RedisArguments arguments, ImmutableArray<Page> pages, ImmutableArray<string> channels) =>
        arguments.AddMany(pages, (to, page) => to
            .AddJson(ReactorJson.Write(page))
            .AddMany(channels, (each, channel) => each
                .Add(Id(page, channel))
                .Add(ReactorJson.Write(new Row(channel, page.Id, page.DedupKey, page.At.UtcTicks)))));

    public static void AddPruning(RedisArguments arguments, DateTimeOffset endedBefore) => arguments.Add(endedBefore.ToUnixTimeMilliseconds());

    public static async Task<ImmutableArray<OutboxEntry>> DueAsync(RedisScripts scripts, DateTimeOffset now, int limitPerChannel, CancellationToken cancel)
    {
        var due = (await WaitingAsync(scripts, cancel))
            // The first that waits of its incident on its channel holds back the others, due or not.
            .DistinctBy(entry => (entry.Row.Channel, entry.Row.DedupKey))
            .Where(entry => entry.DueAt <= now.UtcTicks);
        return await ReadableAsync(scripts, [.. due], limitPerChannel, cancel);
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
            .Add(Id(after.Page, after.Channel))
            .Add(after.Channel)
            .Add(after.State.ToString())
            .Add(ReactorJson.Write(new Try(after.Attempts, after.DueAt.UtcTicks, after.LastError)))
            .Add(audit.At.ToUnixTimeMilliseconds());
        RedisAudit.AddRecords(arguments, [audit]);
        return scripts.RunAsync(Attempted, arguments, cancel);
    }

    public static async Task<ImmutableArray<OutboxCount>> CountAsync(RedisScripts scripts, CancellationToken cancel)
    {
        var waiting = (await WaitingAsync(scripts, cancel)).ToLookup(entry => entry.Row.Channel);
        var found = await scripts.RunAsync(Dead, new RedisArguments(), cancel);
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

    private static async Task<(List<Entered> Waiting, long Unreadable)> AllWaitingAsync(RedisScripts scripts, CancellationToken cancel)
    {
        var found = await scripts.RunAsync(Waiting, new RedisArguments(), cancel);
        var waiting = new List<Entered>(found.Count / 3);
        for (var i = 0; i < found.Count; i += 3)
        {
            var tried = Try.None;
            if (found.JsonOrNull(i + 1) is { } row && Readable.TryRead<Row>(row, out var known)
                && (found.IsNull(i + 2) || Readable.TryRead(found.JsonOrNull(i + 2) ?? "", out tried)))
            {
                waiting.Add(new Entered(found.Number(i), known, tried ?? Try.None));
            }
        }

        return (waiting, (found.Count / 3) - waiting.Count);
    }

    /// <summary>In the same order; null for one that this version can't read.</summary>
    private static async Task<List<Page?>> PagesAsync(RedisScripts scripts, Entered[] entries, CancellationToken cancel)
    {
        var found = await scripts.RunAsync(Pages, new RedisArguments().AddMany(entries, (to, entry) => to.Add(entry.Sequence)), cancel);
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

    // No two pairs of texts make the same one.
    private static string Id(Page page, string channel) => $"{Uri.EscapeDataString(channel)}/{page.Id}";

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
