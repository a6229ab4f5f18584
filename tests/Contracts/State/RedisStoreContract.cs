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

    private RedisPlants Plants => new(Cluster, [server]);

    protected override Task PlantSignalAsync(string key, string json) => PlantAsync(plants => plants.Signal(key, json));

    protected override Task PlantPageAsync(string id, string channel, string dedupKey, string json) => PlantAsync(plants => plants.Page(id, channel, dedupKey, Noon, json));

    protected override Task PlantAuditAsync(string json) => PlantAsync(plants => plants.Audit(json));

    protected override Task PlantClosedIncidentAsync(string id, DateTimeOffset closedAt, string json) => PlantAsync(plants => plants.ClosedIncident(id, closedAt, json));

    protected override Task PlantPanelAsync(string json, long revision) => PlantAsync(plants => plants.Panel(json, revision));

    protected override Task<string?> ReadPanelJsonAsync() => Task.FromResult(Plants.PanelJson());

    private Task PlantAsync(Action<RedisPlants> plant)
    {
        plant(Plants);
        return Task.CompletedTask;
    }

    public void Dispose() => stores.ForEach(store => store.Dispose());
}
