using System.Text.Json;
using System.Text.Json.Serialization;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State.Json;

/// <summary>A target as "namespace/name", also where it is a dictionary's key. Kubernetes allows no slash in either part.</summary>
public sealed class TargetIdConverter : JsonConverter<TargetId>
{
    public override TargetId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString());

    public override void Write(Utf8JsonWriter writer, TargetId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    public override TargetId ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Parse(reader.GetString());

    public override void WriteAsPropertyName(Utf8JsonWriter writer, TargetId value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString());

    private static TargetId Parse(string? text)
    {
        var parts = text?.Split('/') ?? [];
        return parts.Length == 2
            ? new TargetId(parts[0], parts[1])
            : throw new JsonException($"\"{text}\" is no target: \"namespace/name\" is expected");
    }
}
