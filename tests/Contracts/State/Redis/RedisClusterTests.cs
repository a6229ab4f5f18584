using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>What only a cluster does: send us elsewhere.</summary>
public sealed class RedisClusterTests(RedisCluster redis) : RedisRig, IClassFixture<RedisCluster>
{
    private const string Panel = "{sophia-keda-reactor:prod}:panel";

    [FactWithProgram(RedisServer.Program)]
    public async Task Many_that_write_at_once_over_a_node_that_has_not_the_keys_all_arrive()
    {
        redis.FlushAll();
        var owner = await OwnerAsync();
        var elsewhere = redis.Nodes.First(node => node != owner);

        for (var round = 0; round < 30; round++)
        {
            var store = Store(elsewhere);
            await Task.WhenAll(Enumerable.Range(0, 20).Select(n => store.AppendAsync([Order($"{round}/{n}")], None)));
        }

        Assert.Equal(600, (await Store(owner).PendingAsync(1_000, None)).Length);
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task Keys_that_move_to_another_node_are_followed()
    {
        redis.FlushAll();
        var owner = await OwnerAsync();
        var next = redis.Nodes.First(node => node != owner);
        var store = Store(owner);
        Assert.True(await store.AppendAsync([Order("a")], None));
        var slot = $"{owner.Do("CLUSTER", "KEYSLOT", Panel)}";

        next.Do("CLUSTER", "SETSLOT", slot, "IMPORTING", Id(owner));
        owner.Do("CLUSTER", "SETSLOT", slot, "MIGRATING", Id(next));
        var keys = ((object?[])owner.Do("CLUSTER", "GETKEYSINSLOT", slot, "100")!).Cast<string>().ToArray();
        owner.Do(["MIGRATE", "127.0.0.1", $"{next.Port}", "", "0", "5000", "KEYS", .. keys[1..]]);
        // Half of them here and half of them there: nobody can run a script over them just now.
        Assert.Contains("moving our keys", (await Assert.ThrowsAsync<StoreUnavailableException>(() => store.LoadAsync(None))).Message);
        owner.Do(["MIGRATE", "127.0.0.1", $"{next.Port}", "", "0", "5000", "KEYS", keys[0]]);
        foreach (var node in new[] { next, owner }.Concat(redis.Nodes).Distinct())
            node.Do("CLUSTER", "SETSLOT", slot, "NODE", Id(next));

        Assert.Equal(["a"], (await store.PendingAsync(10, None)).Select(entry => entry.Signal.Key));
        Assert.True(await store.SaveAsync(await FullAsync(store, "there") with { Decided = [] }, None));
        Assert.Equal("2", next.Do("HGET", Panel, "revision"));
    }

    private static string Id(RedisServer node) => (string)node.Do("CLUSTER", "MYID")!;

    /// <summary>Who has the keys, found by who has a panel after a save.</summary>
    private async Task<RedisServer> OwnerAsync()
    {
        Assert.True(await Store(redis.Nodes[0]).SaveAsync(await FullAsync(Store(redis.Nodes[1]), "first"), None));
        return redis.Nodes.Single(node => Convert.ToInt64(node.Do("DBSIZE")) > 0);
    }
}
