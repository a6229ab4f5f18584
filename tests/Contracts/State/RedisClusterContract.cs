using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>The same on a Redis Cluster.</summary>
[NeedsProgram(RedisServer.Program)]
public sealed class RedisClusterContract : RedisBackedContract, IClassFixture<RedisCluster>
{
    private readonly RedisCluster redis;

    public RedisClusterContract(RedisCluster redis)
    {
        this.redis = redis;
        redis.FlushAll();
    }

    private protected override IReadOnlyList<RedisServer> Nodes => redis.Nodes;
}
