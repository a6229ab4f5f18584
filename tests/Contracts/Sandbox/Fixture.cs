using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Answers of the real API server, and ways to compare ours with them.</summary>
internal static class Fixture
{
    private static readonly HashSet<string> FreeMaps = ["annotations", "labels", "matchLabels", "health", "triggersActivity", "managedFields", "metadata.metadata"];

    public static JsonObject Json(string file) => (JsonObject)JsonNode.Parse(File.ReadAllText(Path(file)))!;

    /// <summary>The body of a recorded exchange: what follows the head of its response.</summary>
    public static JsonObject Body(string file)
    {
        var text = File.ReadAllText(Path(file));
        var response = text[text.IndexOf("\nHTTP ", StringComparison.Ordinal)..];
        return (JsonObject)JsonNode.Parse(response[response.IndexOf("\n{", StringComparison.Ordinal)..])!;
    }

    /// <summary>Every field as a path; lists as [], maps with free keys without their content.</summary>
    public static SortedSet<string> Fields(JsonNode? node)
    {
        var fields = new SortedSet<string>(StringComparer.Ordinal);
        Collect("", node, fields);
        return fields;
    }

    public static void SameFields(JsonNode? real, JsonNode? ours, params string[] optional)
    {
        var expected = Fields(real).Where(f => !optional.Contains(f));
        var actual = Fields(ours).Where(f => !optional.Contains(f));
        Assert.Equal(expected, actual);
    }

    private static string Path(string file) => System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures", file);

    private static void Collect(string path, JsonNode? node, SortedSet<string> fields)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list)
                Collect(path + "[]", item, fields);
        }
        else if (node is JsonObject map)
        {
            foreach (var (name, value) in map)
            {
                var below = path.Length == 0 ? name : $"{path}.{name}";
                fields.Add(below);
                if (!FreeMaps.Contains(name))
                    Collect(below, value, fields);
            }
        }
    }
}
