using System.Collections.Immutable;
using System.Globalization;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>How well a server keeps what it holds: in its log, in its memory, on its replicas.</summary>
internal static class RedisDurability
{
    private static readonly Version Oldest = new(6, 0);

    private static readonly RedisScript Facts = RedisScript.Read(
        """
        local reply = {'done'}
        for i, section in ipairs({'server', 'persistence', 'memory', 'replication'}) do
            local answer = redis.pcall('INFO', section)
            reply[i + 1] = type(answer) == 'string' and answer or ''
        end
        return reply
        """);

    public static async Task<StoreCondition> OfAsync(RedisScripts scripts, RedisSettings settings, CancellationToken cancel)
    {
        var found = await scripts.RunAsync(Facts, new RedisArguments(), cancel);
        var info = RedisInfo.Of([.. Enumerable.Range(0, found.Count).Select(found.Text)]);
        // Managed servers often forbid CONFIG.
        var answer = await scripts.AskAsync("CONFIG", ["GET", "appendfsync"], cancel);
        var appendfsync = answer is null ? null : (string?[]?)answer is [_, { } value] ? value : null;
        return Of(scripts.Name, info, appendfsync, settings.Replicas);
    }

    /// <exception cref="StoreUnavailableException">Too old.</exception>
    internal static StoreCondition Of(string endpoint, IReadOnlyDictionary<string, string> info, string? appendfsync, int replicas)
    {
        var version = info.GetValueOrDefault("redis_version");
        if (Version.TryParse(version, out var known) && known < Oldest)
            throw new StoreUnavailableException($"Redis at {endpoint} is of version {version}; the store needs {Oldest} or newer: upgrade it.");

        var weaknesses = ImmutableArray.CreateBuilder<Weakness>();
        var connected = int.TryParse(info.GetValueOrDefault("connected_slaves"), CultureInfo.InvariantCulture, out var count) ? count : 0;
        var log = info.GetValueOrDefault("aof_enabled");
        var eviction = info.GetValueOrDefault("maxmemory_policy");
        if (info.Count == 0)
        {
            weaknesses.Add(new(Loses.AtRestart, "It forbids INFO, so nobody knows whether it keeps anything: allow this user INFO."));
        }
        else
        {
            // volatile-* drops keys with a time to live only, and ours have none: managed Redis has it as its default.
            if (eviction != "noeviction" && eviction?.StartsWith("volatile-", StringComparison.Ordinal) != true)
                weaknesses.Add(new(Loses.AtAnyTime, $"maxmemory-policy is {eviction ?? "not said"}: any key may be dropped when memory is full. Set noeviction."));
            if (log != "1")
                weaknesses.Add(new(Loses.AtRestart, "It keeps no append-only file: a restart may lose all. Set appendonly yes, appendfsync always."));
            else if (info.GetValueOrDefault("aof_last_write_status", "ok") != "ok")
                weaknesses.Add(new(Loses.AtRestart, "It can't write its append-only file now: look at its log and its disk."));
            else if (appendfsync != "always" && replicas == 0)
                weaknesses.Add(new(Loses.LastSeconds, NotAlways(appendfsync)));
            if (connected < replicas)
                weaknesses.Add(new(Loses.LastSeconds, $"{Count(connected)} connected and each write must be on {replicas}: every write is refused until more are there."));
            else if (connected > 0 && replicas == 0)
                weaknesses.Add(new(Loses.LastSeconds, $"{Count(connected)} connected, none waited for: a failover may lose the last ones. Set State:Redis:Replicas."));
        }

        return new StoreCondition
        {
            Words = $"Redis {version ?? "of an unknown version"} at {endpoint} ({Role(info)}, {Count(connected)}), "
                + $"{(log == "1" ? $"AOF {appendfsync ?? "(appendfsync can't be read)"}" : "no AOF")}, {eviction ?? "unknown eviction"}"
                + (replicas > 0 ? $", each write on {Count(replicas)}" : ""),
            Weaknesses = [.. weaknesses.OrderByDescending(weakness => weakness.Loses)],
        };
    }

    private static string NotAlways(string? appendfsync) => appendfsync is null
        ? "It forbids CONFIG GET: whether a power cut loses the last writes is not known. Set State:Redis:Replicas."
        : $"appendfsync is {appendfsync}: a power cut may lose the last {(appendfsync == "everysec" ? "second" : "half minute")}. Set always, or State:Redis:Replicas.";

    private static string Role(IReadOnlyDictionary<string, string> info) => info.GetValueOrDefault("role") switch
    {
        "master" => "primary",
        "slave" => "replica",
        _ => "role unknown",
    };

    private static string Count(int replicas) => replicas == 1 ? "1 replica" : $"{replicas} replicas";
}
