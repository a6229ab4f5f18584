using System.Collections.Immutable;
using System.Globalization;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// Closed incidents, until their retention ends. Their order is a set of texts: ticks left until the end of time in fixed width, which puts
/// the latest first, and the id.
/// </summary>
internal static class RedisIncidents
{
    public const string Archive = """
        local function archive()
            for _ = 1, takenumber() do
                local id, left, incident = take(), take(), take()
                local before = redis.call('HGET', CLOSED, id)
                if before then redis.call('ZREM', ORDER, before .. id) end
                redis.call('HSET', INCIDENTS, id, incident)
                redis.call('HSET', CLOSED, id, left)
                redis.call('ZADD', ORDER, 0, left .. id)
            end
        end
        """;

    public const string Prune = """
        local function prune_incidents()
            for _, member in ipairs(redis.call('ZREVRANGEBYLEX', ORDER, '+', '[' .. take(), 'LIMIT', 0, 50)) do
                local id = string.sub(member, 20)
                redis.call('ZREM', ORDER, member)
                redis.call('HDEL', INCIDENTS, id)
                redis.call('HDEL', CLOSED, id)
            end
        end
        """;

    private const int ReadAtOnce = 50;

    private static readonly RedisScript First = RedisScript.Read(
        """
        local ids, reply = {}, {'done'}
        for i, member in ipairs(redis.call('ZRANGE', ORDER, take(), take())) do ids[i] = string.sub(member, 20) end
        for i, incident in ipairs(many(INCIDENTS, ids)) do reply[i + 1] = incident end
        return reply
        """);

    private static readonly RedisScript One = RedisScript.Read("return {'done', redis.call('HGET', INCIDENTS, take())}");

    /// <exception cref="ArgumentException">One is still open.</exception>
    public static void AddClosed(RedisArguments arguments, ImmutableArray<Incident> closed) =>
        arguments.AddMany(closed, (to, incident) => to
            .Add(incident.Id)
            .Add(Left(incident.ClosedAt ?? throw new ArgumentException($"Incident {incident.Id} is open and can't be archived.", nameof(closed))))
            .AddJson(ReactorJson.Write(incident)));

    /// <summary>What closed one tick earlier has one more left.</summary>
    public static void AddPruning(RedisArguments arguments, DateTimeOffset closedBefore) => arguments.Add(Left(closedBefore.AddTicks(-1)));

    public static async Task<ImmutableArray<Incident>> LatestAsync(RedisScripts scripts, int limit, CancellationToken cancel)
    {
        var latest = ImmutableArray.CreateBuilder<Incident>();
        for (var first = 0; limit > 0 && latest.Count < limit; first += ReadAtOnce)
        {
            var found = await scripts.RunAsync(First, new RedisArguments().Add(first).Add(first + ReadAtOnce - 1), cancel);
            latest.AddRange(Enumerable.Range(0, found.Count).Select(i => Incident(found, i)).OfType<Incident>().Take(limit - latest.Count));
            if (found.Count < ReadAtOnce) break;
        }

        return latest.ToImmutable();
    }

    public static async Task<Incident?> FindAsync(RedisScripts scripts, string id, CancellationToken cancel) =>
        Incident(await scripts.RunAsync(One, new RedisArguments().Add(id), cancel), 0);

    private static Incident? Incident(RedisReply found, int index) =>
        found.JsonOrNull(index) is { } json && Readable.TryRead<Incident>(json, out var incident) ? incident : null;

    private static string Left(DateTimeOffset closed) => (DateTimeOffset.MaxValue.UtcTicks - closed.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);
}
