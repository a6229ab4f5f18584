using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class SqliteStoreContract : StoreContract, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<SqliteStore> stores = [];

    private string File => Path.Combine(folder.Path, "made", "on", "the", "way", "state.db");

    protected override IStateStore Connect(StateLimits? limits = null)
    {
        limits ??= Relaxed;
        var store = new SqliteStore(
            Cluster,
            new SqliteSettings { Path = File, Limits = limits },
            Time);
        stores.Add(store);
        return store;
    }

    protected override Task PlantSignalAsync(string key, string json) =>
        PlantAsync("INSERT INTO inbox (key, json) VALUES ($key, $json)", ("$key", key), ("$json", json));

    protected override Task PlantPageAsync(string id, string channel, string dedupKey, string json) =>
        PlantAsync(
            """
            INSERT INTO outbox (page_id, channel, dedup_key, state, attempts, last_error, queued_at, due_at, page)
            VALUES ($id, $channel, $dedup, 'Waiting', 0, '', $at, $at, $json)
            """,
            ("$id", id), ("$channel", channel), ("$dedup", dedupKey), ("$at", Noon.UtcTicks), ("$json", json));

    protected override Task PlantAuditAsync(string json) =>
        PlantAsync(
            "INSERT INTO audit (sequence, at, kind, reason, actor, json) SELECT max(sequence) + 1, 0, 'OfTomorrow', 'OfTomorrow', '', $json FROM audit",
            ("$json", json));

    protected override Task PlantClosedIncidentAsync(string id, DateTimeOffset closedAt, string json) =>
        PlantAsync("INSERT INTO incidents (id, closed_at, json) VALUES ($id, $at, $json)", ("$id", id), ("$at", closedAt.UtcTicks), ("$json", json));

    protected override Task PlantPanelAsync(string json, long revision) =>
        PlantAsync("INSERT OR REPLACE INTO panel (id, revision, json) VALUES (1, $revision, $json)", ("$revision", revision), ("$json", json));

    protected override Task<string?> ReadPanelJsonAsync() => Task.FromResult(Sql.Text(File, "SELECT json FROM panel"));

    protected override Task ChangeAuditAsync(long sequence, string json) =>
        PlantAsync("UPDATE audit SET json = $json WHERE sequence = $sequence", ("$json", json), ("$sequence", sequence));

    protected override Task RemoveAuditAsync(long sequence) => PlantAsync("DELETE FROM audit WHERE sequence = $sequence", ("$sequence", sequence));

    protected override Task CutTrailAsync(long last) =>
        PlantAsync("DELETE FROM audit WHERE sequence > $last; DELETE FROM audit_seal WHERE sequence > $last", ("$last", last));

    private Task PlantAsync(string sql, params (string Name, object Value)[] parameters)
    {
        Sql.Run(File, sql, parameters);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        stores.ForEach(store => store.Dispose());
        folder.Dispose();
    }
}
