using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

[NeedsProgram(RedisServer.Program)]
public sealed class RedisStoreContract : RedisBackedContract, IClassFixture<RedisServer>
{
    private readonly RedisServer server;

    public RedisStoreContract(RedisServer server)
    {
        this.server = server;
        server.Do("FLUSHALL");
    }

    private protected override IReadOnlyList<RedisServer> Nodes => [server];
}
