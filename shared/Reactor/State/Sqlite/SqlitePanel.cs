using Microsoft.Data.Sqlite;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>The panel's one row.</summary>
internal static class SqlitePanel
{
    public static StoredPanel Load(SqliteConnection connection, PanelMemo memo, string path, string cluster)
    {
        // One statement, so that panel and chain are of the same moment.
        var found = connection.Query(
            "SELECT chain.name, panel.revision, panel.json FROM chain LEFT JOIN panel",
            row => (Chain: row.GetString(0), Revision: row.IsDBNull(1) ? 0 : row.GetInt64(1), Json: row.IsDBNull(2) ? null : row.GetString(2)));
        if (found is not [var row])
            throw SqliteErrors.Refuse(path, "no single row in the table chain", "a state file of this version", Misfit.Damaged);
        if (row.Json is null)
            return new StoredPanel(Panel.Empty(cluster), 0, row.Chain);
        var (panel, unknown) = memo.Read(row.Json, cluster, Refuse(path));
        return new StoredPanel(panel, row.Revision, row.Chain) { Unknown = unknown };
    }

    /// <summary>
    /// False when somebody else saved since, or took the lease: nothing is written then. Nor is it over a panel that can't be read, which came
    /// here without a new revision: by a hand, or by damage.
    /// </summary>
    public static bool Save(SqliteConnection connection, PanelMemo memo, Commit commit, string path)
    {
        var before = connection.Query("SELECT revision, json FROM panel", row => (Revision: row.GetInt64(0), Json: row.GetString(1)));
        if ((before is [var (revision, _)] ? revision : 0) != commit.ExpectedRevision) return false;
        if (!SqliteLease.IsLatest(connection, commit.Lease)) return false;
        if (before is [var (_, json)]) memo.Read(json, commit.Panel.Cluster, Refuse(path));
        connection.Execute(
            """
            INSERT INTO panel (id, revision, json) VALUES (1, $revision, $json)
            ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, json = excluded.json
            """,
            ("$revision", commit.ExpectedRevision + 1),
            ("$json", memo.Write(commit.Panel, commit.Unknown)));
        if (commit.NewChain is { } chain)
            connection.Execute("UPDATE chain SET name = $name", ("$name", chain));
        return true;
    }

    private static RefusePanel Refuse(string path) => (found, expected, misfit) => SqliteErrors.Refuse(path, found, expected, misfit);
}
