using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Schemas;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>The fields of a document as managedFields names them: f:name for members, k:{…} for list entries with a key, v:… for those of sets.</summary>
public static class FieldPaths
{
    public const char Separator = '\u0001';
    private static readonly string[] MapsOfMetadata = ["annotations", "finalizers", "labels", "ownerReferences"];
    private static readonly HashSet<string> Unmanaged =
        ["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generateName"];

    /// <summary>Every leaf with its value. Entries of lists that have a key are apart; other lists, and maps that are one value, are leaves.</summary>
    public static Dictionary<string, JsonNode?> Leaves(JsonObject document, SchemaStruct? kind)
    {
        var leaves = new Dictionary<string, JsonNode?>();
        foreach (var (name, value) in document)
        {
            if (name is "apiVersion" or "kind")
                continue;
            if (name != "metadata")
            {
                Walk("f:" + name, value, kind?.Field(name), leaves);
                continue;
            }

            foreach (var (field, inner) in (value as JsonObject) ?? [])
            {
                if (!Unmanaged.Contains(field))
                    Walk($"f:metadata{Separator}f:{field}", inner, SchemaTables.Metadata.Field(field), leaves);
            }
        }

        return leaves;
    }

    /// <summary>The step that leads to one entry of a list: k:{…} by its key, v:… where it is its own; null: the list is one value.</summary>
    public static string? Entry(JsonNode? entry, SchemaType? list) =>
        list is not { Kind: SchemaKind.List, Apart: true } ? null
        : list.Keys.Length == 0 ? $"v:{Json.Line(entry)}"
        : entry is not JsonObject map ? null
        : $"k:{Json.Line(new JsonObject(list.Keys.Select(key => KeyValuePair.Create(key, (map[key] ?? SchemaTables.Struct(list.Item!).Field(key)?.Default)?.DeepClone()))))}";

    /// <summary>The type of what is in a struct or a map.</summary>
    public static SchemaType? Inside(SchemaType? type, string name) => type?.Kind switch
    {
        SchemaKind.Struct => SchemaTables.Struct(type).Field(name)?.Type,
        SchemaKind.Map => type.Item,
        _ => null,
    };

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

    private static void Walk(string path, JsonNode? value, SchemaField? field, Dictionary<string, JsonNode?> leaves) => Walk(path, value, field?.Type, leaves);

    private static void Walk(string path, JsonNode? value, SchemaType? type, Dictionary<string, JsonNode?> leaves)
    {
        if (value is JsonObject { Count: > 0 } map && type is not { Atomic: true })
            foreach (var (name, inner) in map)
                Walk($"{path}{Separator}f:{name}", inner, Inside(type, name), leaves);
        else if (value is JsonArray { Count: > 0 } list && list.All(entry => Entry(entry, type) is not null))
            foreach (var entry in list)
                Walk($"{path}{Separator}{Entry(entry, type)}", entry, type!.Item, leaves);
        else
            leaves[path] = value;
    }

    private static void RemoveAt(JsonNode? node, string[] steps, int at)
    {
        var step = steps[at];
        if (node is JsonArray list)
        {
            var key = step[0] == 'k' ? (JsonObject)JsonNode.Parse(step[2..])! : null;
            var index = list.ToList().FindIndex(i => key is null ? Json.Line(i) == step[2..] : key.All(k => i is JsonObject map && Json.Same(map[k.Key], k.Value)));
            if (index < 0)
                return;
            if (at < steps.Length - 1)
                RemoveAt(list[index], steps, at + 1);

            // An entry goes with its key, whatever the server has filled in beside it.
            if (at == steps.Length - 1 || key!.Any(k => (list[index] as JsonObject)?[k.Key] is null))
                list.RemoveAt(index);
            return;
        }

        if (node is not JsonObject held || !held.TryGetPropertyValue(step[2..], out var child))
            return;
        if (at == steps.Length - 1)
        {
            held.Remove(step[2..]);
            return;
        }

        RemoveAt(child, steps, at + 1);
        if (child is JsonObject { Count: 0 } or JsonArray { Count: 0 } && at > 0)
            held.Remove(step[2..]);
    }
}
