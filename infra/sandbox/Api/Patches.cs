using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>Merge patch (RFC 7386) and JSON patch (RFC 6902).</summary>
public static class Patches
{
    public static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var result = target is JsonObject map ? map : [];
        foreach (var (name, value) in changes)
        {
            if (value is null)
                result.Remove(name);
            else if (value is JsonObject && result[name] is JsonObject inner)
                Merge(inner, value);
            else
                result[name] = Merge(null, value);
        }

        return result;
    }

    /// <summary>
    /// Strategic merge as kubectl uses it on built-in types: like merge patch, but containers and their like merge by name and
    /// directives are dropped.
    /// </summary>
    public static JsonObject Strategic(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (name.StartsWith('$'))
                continue;
            switch (value)
            {
                case null:
                    target.Remove(name);
                    break;
                case JsonObject inner:
                    target[name] = Strategic(target[name] is JsonObject map ? map.Copy() : [], inner);
                    break;
                case JsonArray items when target[name] is JsonArray there && items.Count > 0 && items.All(i => i.Text("name") is not null):
                    foreach (var item in items.OfType<JsonObject>())
                    {
                        var at = there.ToList().FindIndex(t => t.Text("name") == item.Text("name"));
                        if (at < 0)
                            there.Add(item.DeepClone());
                        else
                            there[at] = Strategic(((JsonObject)there[at]!).Copy(), item);
                    }

                    break;
                default:
                    target[name] = value.DeepClone();
                    break;
            }
        }

        return target;
    }

    public static JsonObject Apply(JsonObject document, JsonNode? patch)
    {
        if (patch is not JsonArray operations)
            throw ApiException.BadRequest("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch");
        JsonNode root = document.Copy();
        foreach (var operation in operations)
        {
            var path = Path(operation.Text("path") ?? throw ApiException.BadRequest("json patch operation without path"));
            var value = (operation as JsonObject)?["value"];
            switch (operation.Text("op"))
            {
                case "test":
                    if (!Json.Same(Find(root, path), value))
                        throw ApiException.Unprocessable("the server rejected our request due to an error in our request");
                    break;
                case "remove":
                    Remove(root, path);
                    break;
                case "add":
                    Add(root, path, value?.DeepClone(), replace: false);
                    break;
                case "replace":
                    _ = Find(root, path) ?? throw Missing(operation.Text("path"));
                    Add(root, path, value?.DeepClone(), replace: true);
                    break;
                case "move" or "copy":
                    var from = Path(operation.Text("from") ?? "");
                    var moved = Find(root, from)?.DeepClone() ?? throw Missing(operation.Text("from"));
                    if (operation.Text("op") == "move")
                        Remove(root, from);
                    Add(root, path, moved, replace: false);
                    break;
                default:
                    throw ApiException.BadRequest($"Unexpected kind: {operation.Text("op")}");
            }
        }

        return (JsonObject)root;
    }

    private static string[] Path(string pointer) => [.. pointer.Split('/').Skip(1).Select(s => s.Replace("~1", "/").Replace("~0", "~"))];

    private static JsonNode? Find(JsonNode? node, ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            node = node switch
            {
                JsonObject map => map[step],
                JsonArray list when int.TryParse(step, out var i) && i >= 0 && i < list.Count => list[i],
                _ => null,
            };
        }

        return node;
    }

    private static void Remove(JsonNode root, string[] path)
    {
        var parent = path.Length == 0 ? null : Find(root, path.AsSpan(..^1));
        if (parent is JsonArray list && int.TryParse(path[^1], out var i) && i >= 0 && i < list.Count)
            list.RemoveAt(i);
        else if (parent is not JsonObject map || !map.Remove(path[^1]))
            throw Missing('/' + string.Join('/', path));
    }

    private static void Add(JsonNode root, string[] path, JsonNode? value, bool replace)
    {
        var parent = path.Length == 0 ? null : Find(root, path.AsSpan(..^1));
        switch (parent)
        {
            case JsonObject map:
                map[path[^1]] = value;
                break;
            case JsonArray list when path[^1] == "-":
                list.Add(value);
                break;
            case JsonArray list when int.TryParse(path[^1], out var i) && i >= 0 && i <= list.Count:
                if (replace)
                    list[i] = value;
                else
                    list.Insert(i, value);
                break;
            default:
                throw Missing('/' + string.Join('/', path));
        }
    }

    private static ApiException Missing(string? path) =>
        ApiException.Unprocessable($"the server rejected our request due to an error in our request: missing path: {path}");
}
