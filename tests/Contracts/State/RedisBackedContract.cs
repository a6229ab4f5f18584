using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>The contract for stores in Redis, one server or a cluster of them.</summary>
public abstract class RedisBackedContract : StoreContract, IDisposable
{
    private readonly List<RedisStore> stores = [];

    /// <summary>Where keys may lie.</summary>
    private protected abstract IReadOnlyList<RedisServer> Nodes { get; }

    private RedisPlants Plants => new(Cluster, Nodes);

    protected override IStateStore Connect(StateLimits? limits = null)
    {
        // Each at another node in turn: most of a cluster's don't have the keys.
        var settings = new RedisSettings { Endpoints = [Nodes[stores.Count % Nodes.Count].Endpoint], Limits = limits ?? Relaxed };
        var store = new RedisStore(Cluster, settings, Time);
        stores.Add(store);
        return store;
    }

    public void Dispose()
    {
        stores.ForEach(store => store.Dispose());
        GC.SuppressFinalize(this);
    }

    protected override Task PlantSignalAsync(string key, string json) => PlantAsync(plants => plants.Signal(key, json));

    protected override Task PlantPageAsync(string id, string channel, string dedupKey, string json) => PlantAsync(plants => plants.Page(id, channel, dedupKey, Noon, json));

    protected override Task PlantAuditAsync(string json) => PlantAsync(plants => plants.Audit(json));

    protected override Task PlantClosedIncidentAsync(string id, DateTimeOffset closedAt, string json) => PlantAsync(plants => plants.ClosedIncident(id, closedAt, json));

    protected override Task PlantPanelAsync(string json, long revision) => PlantAsync(plants => plants.Panel(json, revision));

    protected override Task<string?> ReadPanelJsonAsync() => Task.FromResult(Plants.PanelJson());

    protected override Task ChangeAuditAsync(long sequence, string json) => PlantAsync(plants => plants.ChangeAudit(sequence, json));

    protected override Task RemoveAuditAsync(long sequence) => PlantAsync(plants => plants.RemoveAudit(sequence));

    protected override Task CutTrailAsync(long last) => PlantAsync(plants => plants.CutTrail(last));

    private Task PlantAsync(Action<RedisPlants> plant)
    {
        plant(Plants);
        return Task.CompletedTask;
    }
}
