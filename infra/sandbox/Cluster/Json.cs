using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>Short ways through documents whose shape is known but may be broken by whoever wrote them.</summary>
public static class Json
{
    /// <summary>As the real server writes: no escapes beyond what JSON needs.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject? Object(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonObject;

    public static JsonArray? Array(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonArray;

    public static string? Text(this JsonNode? node, string name) =>
        (node as JsonObject)?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static int? Whole(this JsonNode? node, string name)
    {
        if ((node as JsonObject)?[name] is not JsonValue value)
            return null;
        if (value.TryGetValue<int>(out var whole))
            return whole;
        return value.TryGetValue<double>(out var number) && number is >= int.MinValue and <= int.MaxValue && number == Math.Floor(number) ? (int)number : null;
    }

    public static bool IsTrue(this JsonNode? node, string name) =>
        (node as JsonObject)?[name] is JsonValue value && value.TryGetValue<bool>(out var yes) && yes;

    public static JsonObject Ensure(this JsonObject parent, string name)
    {
        if (parent[name] is JsonObject found)
            return found;
        var made = new JsonObject();
        parent[name] = made;
        return made;
    }

    public static JsonObject Copy(this JsonObject node) => (JsonObject)node.DeepClone();

    public static bool Same(JsonNode? left, JsonNode? right) => JsonNode.DeepEquals(left, right);

    public static JsonObject Of(string name, string value) => new() { [name] = value };

    public static byte[] Bytes(JsonNode? node)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            if (node is null)
                writer.WriteNullValue();
            else
                node.WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static string Line(JsonNode? node) => System.Text.Encoding.UTF8.GetString(Bytes(node));

    /// <summary>Custom resources come back with their keys sorted, whatever order they were written in.</summary>
    public static JsonNode? Sorted(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                var sorted = new JsonObject();
                foreach (var (key, value) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
                    sorted[key] = Sorted(value);
                return sorted;
            case JsonArray list:
                var copy = new JsonArray();
                foreach (var item in list)
                    copy.Add(Sorted(item));
                return copy;
            default:
                return node?.DeepClone();
        }
    }

    /// <summary>Whole seconds, as metadata and conditions write time.</summary>
    public static string Seconds(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    /// <summary>Microseconds, as leases write time.</summary>
    public static string Micros(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
}
