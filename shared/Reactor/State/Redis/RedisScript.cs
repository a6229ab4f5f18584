namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// One Lua script, which Redis runs as one transaction. Redis rolls nothing back when a script fails half way, so everything that can fail is
/// checked before the first write: the kinds of all keys, the layout, the cluster, the counters. Numbers that count stay below 2^53, which
/// is as far as Lua's numbers are whole; times in ticks are beyond it, and only ever compared or kept as text.
/// </summary>
/// <param name="Text">The whole of it.</param>
/// <param name="Writes">False: it may read from a primary only, and there is nothing for replicas to acknowledge.</param>
internal sealed record RedisScript(string Text, bool Writes)
{
    private const string Arguments = """
        local taken = 0
        local function take() taken = taken + 1 return ARGV[taken] end
        local function takenumber() return tonumber(take()) end
        local function text(number) return string.format('%.0f', number) end
        local function padded(number) return string.format('%016.0f', number) end
        local function refuse(key, found, expected, kind) return {'refused', key, found, expected, kind} end
        local function many(key, fields)
            local found = {}
            -- Lua's stack is short, so not all at once.
            for first = 1, #fields, 500 do
                for _, value in ipairs(redis.call('HMGET', key, unpack(fields, first, math.min(first + 499, #fields)))) do
                    found[#found + 1] = value
                end
            end
            return found
        end
        local version, cluster = take(), take()
        for i, kind in ipairs(kinds) do
            local found = redis.call('TYPE', KEYS[i]).ok
            if found ~= 'none' and found ~= kind then return refuse(KEYS[i], 'a ' .. found, 'a ' .. kind) end
        end

        """;

    private const string Layout = """
        if redis.call('EXISTS', META) == 0 then return {'empty'} end
        local meta = redis.call('HMGET', META, 'version', 'cluster', 'chain', 'inbox', 'outbox', 'audit')
        if meta[1] ~= version then return refuse(META, 'layout version ' .. (meta[1] or '(none)'), 'layout version ' .. version, 'version') end
        if meta[2] ~= cluster then return refuse(META, "the state of cluster '" .. (meta[2] or '(none)') .. "'", "the state of cluster '" .. cluster .. "'", 'foreign') end
        if not meta[3] then return refuse(META, 'no name of a chain', 'one') end
        for i = 4, 6 do
            if not string.find(meta[i] or '', '^%d+$') then return refuse(META, 'a counter "' .. (meta[i] or '(none)') .. '"', 'a whole number') end
        end

        """;

    // A replica lags behind and would answer all the same. Whether the server may be asked is up to its rules for users.
    private const string PrimaryOnly = """
        local replication = redis.pcall('INFO', 'replication')
        if type(replication) == 'string' and string.find(replication, 'role:slave', 1, true) then
            return redis.error_reply("READONLY This server is a replica.")
        end

        """;

    /// <summary>Makes the layout where nothing is; beside a store that lost its meta hash it makes nothing.</summary>
    public static RedisScript Make { get; } = new(
        RedisKeys.Declaration + Arguments + """
            if redis.call('EXISTS', META) == 1 then return {'done'} end
            for i = 2, #KEYS do
                if redis.call('EXISTS', KEYS[i]) == 1 then return refuse(META, 'nothing, although there is ' .. KEYS[i], 'the meta hash of a state') end
            end
            redis.call('HSET', META, 'version', version, 'cluster', cluster, 'chain', take(), 'inbox', 0, 'outbox', 0, 'audit', 0)
            return {'done'}
            """,
        Writes: true);

    /// <summary>
    /// Every command that scripts use, in a form that changes nothing: a user who may not use one of them must be found out here, and not by a
    /// commit that stops half way.
    /// </summary>
    public static RedisScript Rehearse { get; } = new(
        RedisKeys.Declaration + Arguments + Layout + """
            redis.call('HSET', META, 'version', version)
            redis.call('HDEL', META, '')
            redis.call('ZADD', WAITING, 'XX', 0, '')
            redis.call('ZREM', WAITING, '')
            redis.call('HGET', META, '')
            redis.call('HEXISTS', META, '')
            redis.call('HVALS', DEAD)
            redis.call('HKEYS', DEAD)
            redis.call('ZCARD', INBOX)
            redis.call('ZSCORE', INBOX, '')
            redis.call('ZRANGE', INBOX, 0, 0)
            redis.call('ZRANGEBYSCORE', INBOX, 0, 0)
            redis.call('ZREVRANGEBYSCORE', TIMES, 0, 0)
            redis.call('ZRANGEBYLEX', INDEX, '[a', '(a')
            redis.call('ZREVRANGEBYLEX', INDEX, '(a', '[a')
            redis.call('TIME')
            return {'done'}
            """,
        Writes: false);

    /// <summary>One that changes nothing.</summary>
    public static RedisScript Read(params ReadOnlySpan<string> parts) =>
        new(RedisKeys.Declaration + Arguments + PrimaryOnly + Layout + string.Join('\n', parts), Writes: false);

    public static RedisScript Write(params ReadOnlySpan<string> parts) =>
        new(RedisKeys.Declaration + Arguments + Layout + string.Join('\n', parts), Writes: true);
}
