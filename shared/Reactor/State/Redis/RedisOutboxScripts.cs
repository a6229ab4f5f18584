namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>What runs inside Redis for <see cref="RedisOutbox"/>.</summary>
internal static class RedisOutboxScripts
{
    public const string Queue = """
        local function drop(channel, count)
            local field = 'dropped:' .. channel
            redis.call('HSET', META, field, text((tonumber(redis.call('HGET', META, field)) or 0) + count))
        end
        local function queue()
            local last = tonumber(meta[5])
            for _ = 1, takenumber() do
                local page = take()
                for _ = 1, takenumber() do
                    local id, row, channel, needs = take(), take(), take(), take()
                    if needs ~= '' and redis.call('HEXISTS', IDS, needs) == 0 then
                        drop(channel, 1)
                    elseif redis.call('HEXISTS', IDS, id) == 0 then
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
            for _ = 1, takenumber() do drop(take(), takenumber()) end
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

    // Without the pages: the order is found from the little that is said here, and only the pages that are due travel.
    public static readonly RedisScript Waiting = RedisScript.Read(
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

    public static readonly RedisScript Pages = RedisScript.Read(
        """
        local numbers, reply = {}, {'done'}
        for i = 1, takenumber() do numbers[i] = take() end
        for i, page in ipairs(many(PAGES, numbers)) do reply[i + 1] = page end
        return reply
        """);

    /// <summary>By channel: how many are dead, and how many notices were not queued.</summary>
    public static readonly RedisScript Ended = RedisScript.Read(
        """
        local channels, dead, dropped, reply = {}, {}, {}, {'done'}
        local function seen(channel)
            if not dead[channel] then channels[#channels + 1], dead[channel], dropped[channel] = channel, 0, '0' end
        end
        for _, channel in ipairs(redis.call('HVALS', DEAD)) do
            seen(channel)
            dead[channel] = dead[channel] + 1
        end
        for _, field in ipairs(redis.call('HKEYS', META)) do
            local channel = string.match(field, '^dropped:(.*)$')
            if channel then
                seen(channel)
                dropped[channel] = redis.call('HGET', META, field)
            end
        end
        for _, channel in ipairs(channels) do
            reply[#reply + 1] = channel
            reply[#reply + 1] = dead[channel]
            reply[#reply + 1] = dropped[channel]
        end
        return reply
        """);

    // Only while it waits: a late "try again" of one process never revives what another one has delivered.
    public static readonly RedisScript Attempted = RedisScript.Write(
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

    public static readonly RedisScript Queued = RedisScript.Write(Queue, "queue() return {'done'}");

    public static readonly RedisScript GivenUp = RedisScript.Read(
        """
        local numbers, reply = redis.call('HKEYS', DEAD), {'done'}
        local rows, tries = many(ROWS, numbers), many(TRIES, numbers)
        for i, number in ipairs(numbers) do
            reply[#reply + 1] = number
            reply[#reply + 1] = rows[i]
            reply[#reply + 1] = tries[i]
        end
        return reply
        """);

    // Of a delivered one the page itself is gone: there is nothing to send.
    public static readonly RedisScript Again = RedisScript.Write(
        RedisAudit.Append,
        """
        local id, try = take(), take()
        local number = redis.call('HGET', IDS, id)
        if not number or redis.call('HEXISTS', PAGES, number) == 0 then return {'done', 0} end
        redis.call('HSET', TRIES, number, try)
        redis.call('HDEL', DEAD, number)
        for _, ended in ipairs(redis.call('ZRANGE', ENDED, 0, -1)) do
            if ended == number .. ' ' .. id then redis.call('ZREM', ENDED, ended) end
        end
        redis.call('ZADD', WAITING, number, number)
        audit()
        return {'done', 1}
        """);
}
