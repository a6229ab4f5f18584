using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>The layout of the file. Times are UTC ticks: they compare as numbers and lose nothing.</summary>
internal static class SqliteSchema
{
    private const long Version = 1;

    private const string Layout = """
        CREATE TABLE meta (version INTEGER NOT NULL, cluster TEXT NOT NULL);

        CREATE TABLE panel (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL, json TEXT NOT NULL);

        -- AUTOINCREMENT: a number is never used twice, so deciding on a replaced entry can't delete the one that replaced it.
        CREATE TABLE inbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, json TEXT NOT NULL);

        CREATE TABLE lease (id INTEGER PRIMARY KEY CHECK (id = 1), owner TEXT, token INTEGER NOT NULL, until INTEGER NOT NULL);

        CREATE TABLE outbox (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            page_id TEXT NOT NULL, channel TEXT NOT NULL, dedup_key TEXT NOT NULL,
            state TEXT NOT NULL, attempts INTEGER NOT NULL, last_error TEXT NOT NULL,
            queued_at INTEGER NOT NULL, due_at INTEGER NOT NULL, ended_at INTEGER, page TEXT NOT NULL,
            UNIQUE (page_id, channel));
        CREATE INDEX outbox_waiting ON outbox (channel, dedup_key, sequence) WHERE state = 'Waiting';
        CREATE INDEX outbox_ended ON outbox (ended_at) WHERE ended_at IS NOT NULL;

        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL,
            incident TEXT, namespace TEXT, name TEXT, json TEXT NOT NULL);
        CREATE INDEX audit_incident ON audit (incident, sequence) WHERE incident IS NOT NULL;
        CREATE INDEX audit_target ON audit (namespace, name, sequence) WHERE name IS NOT NULL;

        CREATE TABLE incidents (id TEXT PRIMARY KEY, closed_at INTEGER NOT NULL, json TEXT NOT NULL);
        CREATE INDEX incidents_closed ON incidents (closed_at);
        """;

    /// <summary>
    /// What came later: tables of their own and indexes, which the version before does not see. Both may have the file open during an upgrade, and the
    /// older one after a rollback.
    /// </summary>
    private const string Additions = """
        CREATE TABLE IF NOT EXISTS chain (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS delivery_lease (id INTEGER PRIMARY KEY CHECK (id = 1), owner TEXT, token INTEGER NOT NULL, until INTEGER NOT NULL);

        -- Hashes of the audit trail. high: the latest time of all records up to this one; late: how far a record ever lay behind it.
        CREATE TABLE IF NOT EXISTS audit_seal (sequence INTEGER PRIMARY KEY, hash TEXT NOT NULL, high INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS audit_seal_high ON audit_seal (high, sequence);
        CREATE TABLE IF NOT EXISTS audit_state (
            id INTEGER PRIMARY KEY CHECK (id = 1), anchor_sequence INTEGER NOT NULL, anchor_hash TEXT NOT NULL, late INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS audit_places (reader TEXT PRIMARY KEY, place INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS audit_actor ON audit (actor, sequence);
        CREATE INDEX IF NOT EXISTS audit_reason ON audit (reason, sequence);
        INSERT INTO chain (id, name) VALUES (1, $chain) ON CONFLICT (id) DO NOTHING;
        """;

    /// <summary>The last table of each addition: where one is missing, an older version made the file.</summary>
    private static readonly string[] Newest = ["chain", "delivery_lease", "audit_places"];

    /// <summary>Makes the layout in an empty file; refuses a file that holds anything else than this version of this cluster's state.</summary>
    public static void MakeOrCheck(SqliteConnection connection, string path, string cluster)
    {
        if (Tables(connection).IsEmpty) Make(connection, cluster);
        Check(connection, path, cluster);
        if (Newest.Except(Tables(connection), StringComparer.Ordinal).Any()) Add(connection);
    }

    private static ImmutableArray<string> Tables(SqliteConnection connection) =>
        connection.Query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", row => row.GetString(0));

    private static void Make(SqliteConnection connection, string cluster)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        // Another process may have made it while this one waited for the lock.
        if (!Tables(connection).IsEmpty) return;
        connection.Execute(Layout);
        connection.Execute("INSERT INTO meta (version, cluster) VALUES ($version, $cluster)", ("$version", Version), ("$cluster", cluster));
        connection.Execute(Additions, ("$chain", Chains.New()));
        transaction.Commit();
    }

    private static void Add(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        connection.Execute(Additions, ("$chain", Chains.New()));
        transaction.Commit();
    }

    private static void Check(SqliteConnection connection, string path, string cluster)
    {
        var tables = Tables(connection);
        if (!tables.Contains("meta", StringComparer.Ordinal))
            throw SqliteErrors.Refuse(path, $"a database of something else (tables: {string.Join(", ", tables)})", "a state file of the reactor", Misfit.Foreign);

        var (version, owner) = connection.Query("SELECT version, cluster FROM meta", row => (row.GetInt64(0), row.GetString(1))) is [var only]
            ? only
            : throw SqliteErrors.Refuse(path, "no single row in the table meta", $"layout version {Version}", Misfit.Damaged);
        if (version != Version)
            throw SqliteErrors.Refuse(path, $"layout version {version}", $"layout version {Version}", version > Version ? Misfit.Newer : Misfit.Damaged);
        if (owner != cluster)
            throw SqliteErrors.Refuse(path, $"the state of cluster '{owner}'", $"the state of cluster '{cluster}' (one file for each cluster)", Misfit.Foreign);
    }
}
