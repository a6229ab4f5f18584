using System.Text.Json.Nodes;
namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>A state file that the code of layout version 1 made in the middle of an incident.</summary>
internal static class Version1
{
    private static readonly string Dump = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "State", "Fixtures", "v1.sql"));

    public static string PanelJson { get; } =
        Dump.Split('\n').Single(line => line.StartsWith("INSERT INTO panel", StringComparison.Ordinal)).Split('\'', 2)[1][..^3].Replace("''", "'");

    public static void MakeFile(string path) => Sql.Run(path, Dump);

    /// <summary>How a file says what the tables of version 1 look like; not the indexes that came later, of which its reader knows nothing.</summary>
    public static string? Layout(string path) => Sql.Text(path, """
        SELECT group_concat(sql, char(10)) FROM (
            SELECT sql FROM sqlite_master
            WHERE tbl_name IN ('meta', 'panel', 'inbox', 'lease', 'outbox', 'audit', 'incidents') AND sql IS NOT NULL AND name NOT IN ('audit_actor', 'audit_reason') ORDER BY type, name)
        """);

    /// <summary>Everything that it wrote is where it was, as it was. What came since stands beside it, where its reader does not look.</summary>
    public static void AssertFinds(JsonNode? wrote, JsonNode? now, string path = "")
    {
        switch (wrote)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                    AssertFinds(value, Assert.IsType<JsonObject>(now)[name], $"{path}.{name}");
                break;
            case JsonArray items:
                Assert.Equal(items.Count, Assert.IsType<JsonArray>(now).Count);
                for (var n = 0; n < items.Count; n++)
                    AssertFinds(items[n], now[n], $"{path}[{n}]");
                break;
            default:
                Assert.True(JsonNode.DeepEquals(wrote, now), $"{path} was {wrote}, and is {now}");
                break;
        }
    }
}
