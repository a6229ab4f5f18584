using System.Globalization;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// The right to do something alone. The hash stays for good, so that tokens only grow; without an owner it is free. Hosts have different
/// clocks, so Redis' own rules: it is read inside the script. Times are microseconds since 1970, which Lua's numbers hold whole until 2255.
/// </summary>
/// <param name="scripts">How they run.</param>
/// <param name="time">The caller's clock: what a lease's end is told in.</param>
/// <param name="serverRules">False: the caller's clock rules too, because all callers have the same and it is not the world's.</param>
internal sealed class RedisLease(RedisScripts scripts, TimeProvider time, bool serverRules)
{
    private const string Begin = """
        local held_at = take() == 'runner' and RUNNER or DELIVERY
        local now = take()
        if now == '' then
            local clock = redis.call('TIME')
            now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
        else
            now = tonumber(now)
        end
        local held = redis.call('HMGET', held_at, 'owner', 'token', 'until')
        if held[2] and not string.find(held[2], '^%d+$') then return refuse(held_at, 'a token "' .. held[2] .. '"', 'a whole number') end
        if held[1] and not (held[2] and tonumber(held[3] or '')) then return refuse(held_at, 'an owner without token or end', 'all three') end

        """;

    private static readonly RedisScript Acquire = RedisScript.Write(
        Begin,
        """
        local owner, duration = take(), takenumber()
        if held[1] and held[1] ~= owner and tonumber(held[3]) > now then return {'done', 0, text(tonumber(held[3]) - now)} end
        local token = text(tonumber(held[2] or '0') + 1)
        redis.call('HSET', held_at, 'owner', owner, 'token', token, 'until', text(now + duration))
        return {'done', 1, token}
        """);

    private static readonly RedisScript Renew = RedisScript.Write(
        Begin,
        """
        local owner, token, duration = take(), take(), takenumber()
        if held[1] ~= owner or held[2] ~= token or tonumber(held[3]) <= now then return {'done', 0} end
        local ends = math.max(tonumber(held[3]), now + duration)
        redis.call('HSET', held_at, 'until', text(ends))
        return {'done', 1, text(ends - now)}
        """);

    private static readonly RedisScript Release = RedisScript.Write(
        Begin,
        """
        if held[1] == take() and held[2] == take() then redis.call('HDEL', held_at, 'owner', 'until') end
        return {'done'}
        """);

    public static string Token(StoreLease lease) => lease.Token.ToString(CultureInfo.InvariantCulture);

    public async Task<LeaseAnswer> AcquireAsync(LeaseName name, string owner, TimeSpan duration, CancellationToken cancel)
    {
        // Before the request: what is told can only be earlier than what the server counts.
        var asked = time.GetUtcNow();
        var answer = await scripts.RunAsync(Acquire, Arguments(name, asked).Add(owner).Add(Microseconds(duration)), cancel);
        return answer.Number(0) == 1
            ? new LeaseAnswer(new StoreLease(name, owner, answer.Number(1), Until(asked, Microseconds(duration))), TimeSpan.Zero)
            : new LeaseAnswer(null, TimeSpan.FromMicroseconds(answer.Number(1)));
    }

    public async Task<StoreLease?> RenewAsync(StoreLease lease, TimeSpan duration, CancellationToken cancel)
    {
        var asked = time.GetUtcNow();
        var answer = await scripts.RunAsync(Renew, Arguments(lease.Name, asked).Add(lease.Owner).Add(Token(lease)).Add(Microseconds(duration)), cancel);
        return answer.Number(0) == 1 ? lease with { Until = Until(asked, answer.Number(1)) } : null;
    }

    public Task ReleaseAsync(StoreLease lease, CancellationToken cancel) =>
        scripts.RunAsync(Release, Arguments(lease.Name, time.GetUtcNow()).Add(lease.Owner).Add(Token(lease)), cancel);

    private RedisArguments Arguments(LeaseName name, DateTimeOffset asked)
    {
        var arguments = new RedisArguments().Add(name switch
        {
            LeaseName.Runner => "runner",
            LeaseName.Delivery => "delivery",
            _ => throw new System.Diagnostics.UnreachableException($"lease {name}"),
        });
        return serverRules ? arguments.Add("") : arguments.Add(Microseconds(asked - DateTimeOffset.UnixEpoch));
    }

    private static DateTimeOffset Until(DateTimeOffset asked, long microseconds) =>
        DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(Microseconds(asked - DateTimeOffset.UnixEpoch) + microseconds);

    private static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
