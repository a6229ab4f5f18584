using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>The panel's one row.</summary>
internal static class SqlitePanel
{
    public static StoredPanel Load(SqliteConnection connection, string path, string cluster) =>
        connection.Query("SELECT revision, json FROM panel", row => (Revision: row.GetInt64(0), Json: row.GetString(1))) is [var row]
            ? new StoredPanel(Parse(row.Json, path, cluster), row.Revision)
            : new StoredPanel(Panel.Empty(cluster), 0);

    /// <summary>False when somebody else saved since, or took the lease: nothing is written then.</summary>
    public static bool Save(SqliteConnection connection, Commit commit)
    {
        if (connection.Number("SELECT revision FROM panel") != commit.ExpectedRevision) return false;
        if (connection.Number("SELECT token FROM lease") > commit.FencingToken) return false;
        connection.Execute(
            """
            INSERT INTO panel (id, revision, json) VALUES (1, $revision, $json)
            ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, json = excluded.json
            """,
            ("$revision", commit.ExpectedRevision + 1),
            ("$json", ReactorJson.Write(commit.Panel with { Version = Panel.CurrentVersion })));
        return true;
    }

    private static Panel Parse(string json, string path, string cluster)
    {
        // The version first: a newer layout may not parse as ours, and its own name for that is clearer than a parse error.
        var version = (int?)JsonNode.Parse(json)?["version"];
        if (version != Panel.CurrentVersion)
            throw SqliteErrors.Refuse(path, $"a panel of version {version?.ToString() ?? "(none)"}", $"a panel of version {Panel.CurrentVersion}");
        var panel = ReactorJson.Read<Panel>(json);
        return panel.Cluster == cluster
            ? panel
            : throw SqliteErrors.Refuse(path, $"the panel of cluster '{panel.Cluster}'", $"the panel of cluster '{cluster}'");
    }
}
