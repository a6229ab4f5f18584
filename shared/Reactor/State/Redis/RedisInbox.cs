using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>Undecided signals, one for each key, in a set by number.</summary>
internal static class RedisInbox
{
    /// <summary>By number, not by key: an entry that was replaced meanwhile has another number and stays.</summary>
    public const string Decide = """
        local function decide()
            for _ = 1, takenumber() do
                local number = take()
                for _, key in ipairs(redis.call('ZRANGEBYSCORE', INBOX, number, number)) do
                    redis.call('ZREM', INBOX, key)
                    redis.call('HDEL', INBOX_JSON, key)
                end
            end
        end
        """;

    private const int ReadAtOnce = 500;

    private static readonly RedisScript Add = RedisScript.Write(
        """
        local bounded, bound, count = take() == '1', takenumber(), takenumber()
        local added, seen = 0, {}
        for i = 1, count do
            local key = ARGV[taken + 2 * i - 1]
            if not seen[key] and not redis.call('ZSCORE', INBOX, key) then added = added + 1 end
            seen[key] = true
        end
        if bounded and added > 0 and redis.call('ZCARD', INBOX) + added > bound then return {'done', 0} end
        local last = tonumber(meta[4])
        for _ = 1, count do
            local key, json = take(), take()
            last = last + 1
            redis.call('ZADD', INBOX, text(last), key)
            redis.call('HSET', INBOX_JSON, key, json)
        end
        redis.call('HSET', META, 'inbox', text(last))
        return {'done', 1}
        """);

    private static readonly RedisScript Next = RedisScript.Read(
        """
        local found = redis.call('ZRANGEBYSCORE', INBOX, '(' .. take(), '+inf', 'WITHSCORES', 'LIMIT', 0, take())
        local keys, reply = {}, {'done'}
        for i = 1, #found, 2 do keys[#keys + 1] = found[i] end
        for i, json in ipairs(many(INBOX_JSON, keys)) do
            reply[#reply + 1] = text(tonumber(found[2 * i]))
            reply[#reply + 1] = json
        end
        return reply
        """);

    private static readonly RedisScript Orders = RedisScript.Read(
        """
        local prefix, most, keys, numbers, reply = take(), takenumber(), {}, {}, {'done'}
        local found = redis.call('ZRANGEBYSCORE', INBOX, '(' .. take(), '+inf', 'WITHSCORES')
        for i = 1, #found, 2 do
            if string.sub(found[i], 1, #prefix) == prefix and #keys < most then
                keys[#keys + 1], numbers[#numbers + 1] = found[i], text(tonumber(found[i + 1]))
            end
        end
        for i, json in ipairs(many(INBOX_JSON, keys)) do
            reply[#reply + 1] = numbers[i]
            reply[#reply + 1] = json
        end
        return reply
        """);

    /// <summary>All of them or, when alerts would make it larger than its bound, none.</summary>
    public static async Task<bool> AppendAsync(RedisScripts scripts, IReadOnlyList<Signal> signals, int bound, CancellationToken cancel)
    {
        var arguments = new RedisArguments()
            .Add(signals.Any(signal => signal is not Order) ? 1 : 0)
            .Add(bound)
            .AddMany(signals, (to, signal) => to.Add(signal.Key).AddJson(ReactorJson.Write(signal)));
        return (await scripts.RunAsync(Add, arguments, cancel)).Number(0) == 1;
    }

    public static async Task<ImmutableArray<InboxEntry>> PendingAsync(RedisScripts scripts, int limit, CancellationToken cancel)
    {
        var pending = ImmutableArray.CreateBuilder<InboxEntry>();
        await foreach (var (sequence, json) in EntriesAsync(scripts, Math.Min(limit, ReadAtOnce), cancel))
        {
            if (pending.Count == limit) break;
            if (json is not null && Readable.TryRead<Signal>(json, out var signal)) pending.Add(new InboxEntry(sequence, signal));
        }

        if (pending.Count < limit || limit == 0) return pending.ToImmutable();
        var found = await scripts.RunAsync(Orders, new RedisArguments().Add(Inbox.OfOrders).Add(Inbox.OrdersAhead).Add(pending[^1].Sequence), cancel);
        for (var i = 0; i < found.Count; i += 2)
            if (found.JsonOrNull(i + 1) is { } json && Readable.TryRead<Signal>(json, out var order)) pending.Add(new InboxEntry(found.Number(i), order));
        return pending.ToImmutable();
    }

    public static async Task<long> UnreadableAsync(RedisScripts scripts, CancellationToken cancel)
    {
        var unreadable = 0L;
        await foreach (var (_, json) in EntriesAsync(scripts, ReadAtOnce, cancel))
            if (json is null || !Readable.TryRead<Signal>(json, out _)) unreadable++;
        return unreadable;
    }

    private static async IAsyncEnumerable<(long Sequence, string? Json)> EntriesAsync(
        RedisScripts scripts, int atOnce, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        if (atOnce <= 0) yield break;
        for (var last = 0L; ;)
        {
            var found = await scripts.RunAsync(Next, new RedisArguments().Add(last).Add(atOnce), cancel);
            for (var i = 0; i < found.Count; i += 2)
                yield return (last = found.Number(i), found.JsonOrNull(i + 1));
            if (found.Count < 2 * atOnce) yield break;
        }
    }
}
