using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>The fields of a document as managedFields names them: f:name for members, k:{…} for keyed list entries, v:… for set members.</summary>
public static class FieldPaths
{
    private const char Separator = '\u0001';
    private static readonly string[] MapsOfMetadata = ["annotations", "finalizers", "labels", "ownerReferences"];
    private static readonly HashSet<string> Unmanaged =
        ["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generateName"];

    /// <summary>Every leaf with its value. Lists are leaves, except the two of metadata that the server merges by entry.</summary>
    public static Dictionary<string, JsonNode?> Leaves(JsonObject document)
    {
        var leaves = new Dictionary<string, JsonNode?>();
        foreach (var (name, value) in document)
        {
            if (name is "apiVersion" or "kind")
                continue;
            if (name != "metadata")
            {
                Walk("f:" + name, value, leaves);
                continue;
            }

            foreach (var (field, inner) in (value as JsonObject) ?? [])
            {
                var path = $"f:metadata{Separator}f:{field}";
                if (Unmanaged.Contains(field))
                    continue;
                if (field == "ownerReferences" && inner is JsonArray owners)
                    foreach (var owner in owners)
                        leaves[$"{path}{Separator}k:{Json.Line(Json.Of("uid", owner.Text("uid") ?? ""))}"] = owner;
                else if (field == "finalizers" && inner is JsonArray finalizers)
                    foreach (var finalizer in finalizers)
                        leaves[$"{path}{Separator}v:{Json.Line(finalizer)}"] = finalizer;
                else
                    Walk(path, inner, leaves);
            }
        }

        return leaves;
    }

    public static bool IsBelow(string path, string parent) => path.Length > parent.Length && path[parent.Length] == Separator && path.StartsWith(parent, StringComparison.Ordinal);

    /// <summary>The maps and lists of metadata that are there: whoever made one owns it besides what is in it.</summary>
    public static IEnumerable<string> Maps(JsonObject document) => MapsOfMetadata
        .Where(name => document.Object("metadata")?[name] is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        .Select(name => $"f:metadata{Separator}f:{name}");

    /// <summary>Of a map that is owned besides something in it, "." says so.</summary>
    public static JsonObject Tree(IReadOnlySet<string> paths)
    {
        var root = new JsonObject();
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            var (node, at) = (root, "");
            foreach (var step in path.Split(Separator))
            {
                if (node.Count == 0 && paths.Contains(at))
                    node["."] = new JsonObject();
                node = node.Ensure(step);
                at = at.Length == 0 ? step : at + Separator + step;
            }
        }

        return root;
    }

    public static HashSet<string> Paths(JsonObject? tree)
    {
        var paths = new HashSet<string>();
        void Collect(string prefix, JsonObject node)
        {
            foreach (var (name, value) in node)
            {
                var path = prefix.Length == 0 ? name : prefix + Separator + name;
                if (name == ".")
                    paths.Add(prefix);
                else if (value is JsonObject { Count: > 0 } inner)
                    Collect(path, inner);
                else
                    paths.Add(path);
            }
        }

        Collect("", tree ?? []);
        return paths;
    }

    /// <summary>Takes one field out of a document; parents that this empties go too.</summary>
    public static void Remove(JsonObject document, string path)
    {
        var steps = path.Split(Separator);
        RemoveAt(document, steps, 0);
    }

    /// <summary>As conflict messages write it: .spec.minReplicas.</summary>
    public static string Readable(string path) =>
        string.Concat(path.Split(Separator).Select(s => s.StartsWith("f:", StringComparison.Ordinal) ? "." + s[2..] : $"[{s[2..]}]"));

    private static void Walk(string path, JsonNode? value, Dictionary<string, JsonNode?> leaves)
    {
        if (value is not JsonObject { Count: > 0 } map)
        {
            leaves[path] = value;
            return;
        }

        foreach (var (name, inner) in map)
            Walk($"{path}{Separator}f:{name}", inner, leaves);
    }

    private static void RemoveAt(JsonNode? node, string[] steps, int at)
    {
        var step = steps[at];
        if (node is JsonArray list)
        {
            var index = list.ToList().FindIndex(i => step[0] == 'v'
                ? Json.Line(i) == step[2..]
                : Json.Line(Json.Of("uid", i.Text("uid") ?? "")) == step[2..]);
            if (index >= 0)
                list.RemoveAt(index);
            return;
        }

        if (node is not JsonObject map || !map.TryGetPropertyValue(step[2..], out var child))
            return;
        if (at == steps.Length - 1)
        {
            map.Remove(step[2..]);
            return;
        }

        RemoveAt(child, steps, at + 1);
        if (child is JsonObject { Count: 0 } or JsonArray { Count: 0 } && at > 0)
            map.Remove(step[2..]);
    }
}
