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

    private RedisPlants Plants => new(Cluster, redis.Nodes);

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
