using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>The same on a cluster, asked at each of its nodes in turn: most of them don't have the keys.</summary>
[NeedsProgram(RedisServer.Program)]
public sealed class RedisClusterContract : StoreContract, IClassFixture<RedisCluster>, IDisposable
{
    private readonly RedisCluster redis;
    private readonly List<RedisStore> stores = [];

    public RedisClusterContract(RedisCluster redis)
    {
        this.redis = redis;
        redis.FlushAll();
    }

    protected override IStateStore Connect(StateLimits? limits = null)
    {
        var settings = new RedisSettings { Endpoints = [redis.Nodes[stores.Count % redis.Nodes.Count].Endpoint], Limits = limits ?? Relaxed };
        var store = new RedisStore(Cluster, settings, Time);
        stores.Add(store);
        return store;
    }

    public void Dispose() => stores.ForEach(store => store.Dispose());
}
