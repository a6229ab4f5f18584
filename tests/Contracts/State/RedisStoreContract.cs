using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

[NeedsProgram(RedisServer.Program)]
public sealed class RedisStoreContract : StoreContract, IClassFixture<RedisServer>, IDisposable
{
    private readonly RedisServer server;
    private readonly List<RedisStore> stores = [];

    public RedisStoreContract(RedisServer server)
    {
        this.server = server;
        server.Do("FLUSHALL");
    }

    protected override IStateStore Connect(StateLimits? limits = null)
    {
        var store = new RedisStore(Cluster, new RedisSettings { Endpoints = [server.Endpoint], Limits = limits ?? Relaxed }, Time);
        stores.Add(store);
        return store;
    }

    public void Dispose() => stores.ForEach(store => store.Dispose());
}
