using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Redis;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>What a server's settings mean for "202 means kept".</summary>
public sealed class RedisDurabilityTests(RedisServer server) : RedisRig, IClassFixture<RedisServer>
{
    private static readonly Dictionary<string, string> Good = new()
    {
        ["redis_version"] = "7.0.15",
        ["aof_enabled"] = "1",
        ["aof_last_write_status"] = "ok",
        ["maxmemory_policy"] = "noeviction",
        ["role"] = "master",
        ["connected_slaves"] = "0",
    };

    private static StoreCondition Of(string? appendfsync = "always", int replicas = 0, params (string Name, string Value)[] but)
    {
        var info = new Dictionary<string, string>(Good);
        foreach (var (name, value) in but)
            info[name] = value;
        return RedisDurability.Of("redis.example:6379", info, appendfsync, replicas);
    }

    private static void Weak(Loses loses, string words, StoreCondition condition)
    {
        var weakness = Assert.Single(condition.Weaknesses);
        Assert.Equal(loses, weakness.Loses);
        Assert.Contains(words, weakness.Words);
    }

    [Fact]
    public void A_log_that_is_on_disk_before_each_answer_and_no_eviction_lose_nothing()
    {
        Assert.Empty(Of().Weaknesses);
        Assert.Equal("Redis 7.0.15 at redis.example:6379 (primary, 0 replicas), AOF always, noeviction", Of().Words);
        Assert.Empty(Of("everysec", 1, ("connected_slaves", "1")).Weaknesses);
        Assert.Equal(
            "Redis 7.0.15 at redis.example:6379 (primary, 2 replicas), AOF everysec, noeviction, each write on 1 replica",
            Of("everysec", 1, ("connected_slaves", "2")).Words);
    }

    [Fact]
    public void Each_weakness_says_what_it_loses_and_what_mends_it()
    {
        Weak(Loses.AtRestart, "Set appendonly yes", Of("everysec", 0, ("aof_enabled", "0")));
        Weak(Loses.AtRestart, "can't write its append-only file", Of("always", 0, ("aof_last_write_status", "err")));
        Weak(Loses.AtAnyTime, "allkeys-lru", Of("always", 0, ("maxmemory_policy", "allkeys-lru")));
        Assert.Empty(Of("always", 0, ("maxmemory_policy", "volatile-lru")).Weaknesses); // no key of ours has a time to live
        Weak(Loses.LastSeconds, "appendfsync is everysec: a power cut may lose the last second", Of("everysec"));
        Weak(Loses.LastSeconds, "appendfsync is no", Of("no"));
        Weak(Loses.LastSeconds, "forbids CONFIG GET", Of(null));
        Weak(Loses.LastSeconds, "failover may lose the last ones", Of("always", 0, ("connected_slaves", "1")));
        Weak(Loses.LastSeconds, "1 replica connected and each write must be on 2", Of("always", 2, ("connected_slaves", "1")));
    }

    [Fact]
    public void The_worst_comes_first()
    {
        var condition = Of("everysec", 0, ("maxmemory_policy", "allkeys-lfu"), ("connected_slaves", "1"));

        Assert.Equal([Loses.AtAnyTime, Loses.LastSeconds, Loses.LastSeconds], condition.Weaknesses.Select(weakness => weakness.Loses));
    }

    [Fact]
    public void One_that_may_not_be_asked_counts_as_keeping_nothing() =>
        Assert.Equal(Loses.AtRestart, Assert.Single(RedisDurability.Of("r:1", new Dictionary<string, string>(), "always", 0).Weaknesses).Loses);

    [Fact]
    public void A_server_that_is_too_old_is_refused_by_version()
    {
        var refused = Assert.Throws<StoreUnavailableException>(() => Of("always", 0, ("redis_version", "5.0.14")));
        Assert.Contains("5.0.14", refused.Message);
        Assert.Contains("6.0 or newer", refused.Message);
        Assert.Empty(Of("always", 0, ("redis_version", "6.0.0")).Weaknesses);
    }

    [TheoryWithProgram(RedisServer.Program)]
    [InlineData("appendonly yes, appendfsync always, maxmemory-policy noeviction", null, Durability.Strict, "AOF always, noeviction")]
    [InlineData("appendonly yes, appendfsync everysec, maxmemory-policy noeviction", Loses.LastSeconds, Durability.Standard, "AOF everysec, noeviction")]
    [InlineData("appendonly no, appendfsync always, maxmemory-policy noeviction", Loses.AtRestart, Durability.Relaxed, "no AOF, noeviction")]
    [InlineData("appendonly yes, appendfsync always, maxmemory-policy allkeys-lru", Loses.AtAnyTime, Durability.Relaxed, "AOF always, allkeys-lru")]
    public async Task A_real_server_is_graded_and_refused_where_that_is_weaker_than_wanted(string settings, Loses? loses, Durability accepts, string words)
    {
        foreach (var setting in settings.Split(", "))
            server.Do(["CONFIG", "SET", .. setting.Split(' ')]);

        foreach (var wanted in Enum.GetValues<Durability>())
        {
            var store = Store(server, with: to => to with { Limits = Relaxed with { Durability = wanted } });
            if (wanted >= accepts)
            {
                var condition = await store.OpenAsync(None);
                Assert.Equal($"Redis 7.0.15 at {server.Endpoint} (primary, 0 replicas), {words}".Replace("7.0.15", Version()), condition.Words);
                Assert.Equal(loses is null ? [] : [loses.Value], condition.Weaknesses.Select(weakness => weakness.Loses));
            }
            else
            {
                Assert.Contains($"State:Durability = {accepts.ToString().ToLowerInvariant()}", (await Assert.ThrowsAsync<StoreTooWeakException>(() => store.OpenAsync(None))).Message);
            }
        }
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task Full_memory_is_unavailable_with_words_and_leaves_no_half_of_a_commit()
    {
        var full = Server();
        var store = Store(full);
        Assert.True(await store.SaveAsync(await FullAsync(store, "first"), None));
        var before = await HeldAsync(store);
        var commit = await FullAsync(store, "second");
        full.Do("CONFIG", "SET", "maxmemory", "1mb");

        Assert.Contains("memory is full", (await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SaveAsync(commit, None))).Message);
        Assert.Contains("memory is full", (await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAuditAsync([Audited("a")], None))).Message);
        Assert.Equal(before, await HeldAsync(store));

        full.Do("CONFIG", "SET", "maxmemory", "0");
        Assert.True(await store.SaveAsync(commit, None));
    }

    private string Version() => ((string)server.Do("INFO", "server")!).Split('\n').First(line => line.StartsWith("redis_version:", StringComparison.Ordinal))[14..].Trim();

    [FactWithProgram(RedisServer.Program)]
    public async Task No_key_has_a_time_to_live_so_that_a_volatile_policy_has_nothing_to_drop()
    {
        var own = Server();
        var store = Store(own);
        await store.AcquireLeaseAsync(LeaseName.Delivery, "me", TimeSpan.FromSeconds(30), None);
        await store.AppendAsync([Order("a")], None);
        Assert.True(await store.SaveAsync(await FullAsync(store, "first"), None));

        Assert.Contains("expires=0", (string)own.Do("INFO", "keyspace")!, StringComparison.Ordinal);
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_server_that_came_after_the_start_and_is_too_weak_is_given_no_promise()
    {
        var weak = Server("--appendonly", "no");
        var store = Store(weak, with: settings => settings with { Limits = new StateLimits { Durability = Durability.Standard } });

        var refused = await Assert.ThrowsAsync<StoreTooWeakException>(() => store.AppendAsync([Order("a")], None));
        await Assert.ThrowsAsync<StoreTooWeakException>(() => store.AcquireLeaseAsync(LeaseName.Runner, "me", TimeSpan.FromSeconds(30), None));

        Assert.Contains("Set appendonly yes", refused.Message);
        Assert.Empty(await store.PendingAsync(10, None));
        weak.Do("CONFIG", "SET", "appendonly", "yes");
        Assert.True(await store.AppendAsync([Order("a")], None));
    }
}
