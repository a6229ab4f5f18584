using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>A Quantity of Kubernetes: text ("500m"), or a number, which is what unquoted YAML (cpu: 1, cpu: 0.5) becomes.</summary>
internal sealed class QuantityConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        _ => throw new JsonException(),
    };

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
