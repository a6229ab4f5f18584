using System.Globalization;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>The seals of the audit trail, where it begins, and how far its readers are.</summary>
internal static class RedisTrail
{
    private static readonly RedisScript State = RedisScript.Read(
        """
        local found = redis.call('HMGET', META, 'sealed', 'anchor')
        return {'done', meta[3], meta[6], found[1], found[2]}
        """);

    private static readonly RedisScript Bounds = RedisScript.Read(
        """
        local from, to = take(), take()
        local late = tonumber(redis.call('HGET', META, 'auditLate') or '0')
        local reply = {'done', redis.call('HGET', META, 'sealed'), false, false}
        if from ~= '' then reply[3] = redis.call('ZRANGEBYSCORE', TIMES, from, '+inf', 'LIMIT', 0, 1)[1] or '' end
        if to ~= '' then reply[4] = redis.call('ZREVRANGEBYSCORE', TIMES, text(tonumber(to) + late), '-inf', 'LIMIT', 0, 1)[1] or '0' end
        return reply
        """);

    private static readonly RedisScript Seal = RedisScript.Write(
        """
        local found = redis.call('HMGET', META, 'sealed', 'anchor', 'auditTime', 'auditLate')
        if (found[1] or found[2] or '') ~= take() then return {'done', 0} end
        local high, late, sealed = tonumber(found[3] or '0'), tonumber(found[4] or '0'), nil
        for _ = 1, takenumber() do
            local number, hash, at = takenumber(), take(), takenumber()
            high = math.max(high, at)
            late = math.max(late, high - at)
            sealed = text(number) .. ' ' .. hash
            redis.call('HSET', HASHES, text(number), hash)
            redis.call('ZADD', TIMES, text(high), padded(number))
            for _ = 1, takenumber() do redis.call('ZADD', INDEX, 0, take() .. padded(number)) end
        end
        redis.call('HSET', META, 'sealed', sealed, 'auditTime', text(high), 'auditLate', text(late))
        return {'done', 1}
        """);

    private static readonly RedisScript Prune = RedisScript.Write(
        RedisAudit.Append,
        """
        local found = redis.call('HMGET', META, 'sealed', 'anchor')
        local before, to = take(), take()
        local done, reach = tonumber(string.match(found[1] or '0 ', '^(%d+) ')), tonumber(string.match(to, '^(%d+) '))
        if (found[2] or '') ~= before or reach >= done then return {'done', 0} end
        for _ = 1, takenumber() do
            local number = takenumber()
            redis.call('HDEL', AUDIT, text(number))
            redis.call('HDEL', HASHES, text(number))
            redis.call('ZREM', TIMES, padded(number))
            for _ = 1, takenumber() do redis.call('ZREM', INDEX, take() .. padded(number)) end
        end
        redis.call('HSET', META, 'anchor', to)
        audit()
        return {'done', 1}
        """);

    private static readonly RedisScript PlaceOf = RedisScript.Read("return {'done', redis.call('HGET', PLACES, take())}");

    private static readonly RedisScript Move = RedisScript.Write(
        """
        local reader, from, to = take(), take(), take()
        if (redis.call('HGET', PLACES, reader) or '') ~= from then return {'done', 0} end
        redis.call('HSET', PLACES, reader, to)
        return {'done', 1}
        """);

    public static async Task<TrailState> StateAsync(RedisScripts scripts, CancellationToken cancel)
    {
        var found = await scripts.RunAsync(State, new RedisArguments(), cancel);
        var anchor = Point(found, 3);
        return new TrailState(found.Text(0), found.Number(1), Point(found, 2) ?? anchor ?? AuditPoint.Beginning, anchor ?? AuditPoint.Beginning);
    }

    /// <summary>Null when everything that is asked for stands in the index from the start.</summary>
    public static async Task<AuditBounds?> BoundsAsync(RedisScripts scripts, AuditQuery query, CancellationToken cancel)
    {
        if (!RedisAuditNames.Reads(query)) return null;
        var found = await scripts.RunAsync(Bounds, new RedisArguments().Add(Milliseconds(query.From)).Add(Milliseconds(query.To)), cancel);
        var done = Point(found, 0)?.Sequence ?? 0;
        return new AuditBounds(done, Numbered(found, 1, otherwise: 1, none: done + 1), Numbered(found, 2, otherwise: done, none: 0));
    }

    public static async Task<bool> SealAsync(RedisScripts scripts, AuditPoint from, IReadOnlyList<StoredAudit> next, CancellationToken cancel)
    {
        var arguments = new RedisArguments().Add(Text(from)).AddMany(next, (to, stored) => to
            .Add(stored.Sequence)
            .Add(stored.Hash!)
            .Add(stored.Record.At.ToUnixTimeMilliseconds())
            .AddMany(RedisAuditNames.Later(stored.Record), (each, name) => each.Add(name)));
        return (await scripts.RunAsync(Seal, arguments, cancel)).Number(0) == 1;
    }

    public static async Task<bool> PruneAsync(
        RedisScripts scripts, AuditPoint anchor, IReadOnlyList<StoredAudit> first, AuditRecord record, CancellationToken cancel)
    {
        var arguments = new RedisArguments()
            .Add(Text(anchor))
            .Add(Text(new AuditPoint(first[^1].Sequence, first[^1].Hash!)))
            .AddMany(first, (to, stored) => to.Add(stored.Sequence).AddMany(RedisAuditNames.All(stored.Record), (each, name) => each.Add(name)));
        RedisAudit.AddRecords(arguments, [record]);
        return (await scripts.RunAsync(Prune, arguments, cancel)).Number(0) == 1;
    }

    public static async Task<long?> PlaceAsync(RedisScripts scripts, string reader, CancellationToken cancel)
    {
        var found = await scripts.RunAsync(PlaceOf, new RedisArguments().Add(reader), cancel);
        return found.IsNull(0) ? null : found.Number(0);
    }

    public static async Task<bool> MoveAsync(RedisScripts scripts, string reader, long? from, long to, CancellationToken cancel) =>
        (await scripts.RunAsync(Move, new RedisArguments().Add(reader).Add($"{from}").Add(to), cancel)).Number(0) == 1;

    private static string Text(AuditPoint point) => point == AuditPoint.Beginning ? "" : $"{point.Sequence} {point.Hash}";

    private static AuditPoint? Point(RedisReply found, int index) =>
        !found.IsNull(index) && found.Text(index).Split(' ') is [var number, var hash]
            ? new AuditPoint(found.Parsed(number), hash)
            : null;

    private static long Numbered(RedisReply found, int index, long otherwise, long none) =>
        found.IsNull(index) ? otherwise : found.Text(index) is { Length: > 0 } number ? found.Parsed(number) : none;

    // Rounded down on both sides of each comparison, so that no record is missed.
    private static string Milliseconds(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) ?? "";
}
