using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Api.Schemas;

/// <summary>A value that is not of its field's type, and the three ways in which a server says so.</summary>
/// <param name="Path">As spec.containers[0].name.</param>
/// <param name="Type">What was expected.</param>
/// <param name="Got">What came.</param>
public sealed record Mismatch(string Path, SchemaType Type, JsonNode? Got)
{
    /// <summary>Of a built-in kind, while the body is decoded: in Go's words, which leave list positions out.</summary>
    public string AsGo(string kind) => Type.Kind == SchemaKind.Quantity
        ? "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        : $"json: cannot unmarshal {Said} into Go struct field {kind}.{string.Concat(Path.Split('[').Select((part, i) => i == 0 ? part : part[(part.IndexOf(']') + 1)..]))} of type {GoType}";

    /// <summary>Of a custom resource, when it is held against its definition.</summary>
    public string AsDefinition => $"Invalid value: \"{JsonName}\": {Path} in body must be of type {Definition}: \"{JsonName}\"";

    /// <summary>Of an applied configuration, before it is merged.</summary>
    public string AsTyped => $".{Path}: expected {Typed}, got {(Got is JsonValue ? Got.ToJsonString() : Said == "object" ? "map" : "list")}";

    private string Said => Got?.GetValueKind() switch
    {
        JsonValueKind.Array => "array",
        JsonValueKind.Object => "object",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Number => Type.Kind is SchemaKind.Int32 or SchemaKind.Int64 ? $"number {Got.ToJsonString()}" : "number",
        _ => "null",
    };

    private string JsonName => Said switch
    {
        "bool" => "boolean",
        "string" or "object" or "array" or "null" => Said,
        _ => decimal.TryParse(Got!.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == decimal.Truncate(number) ? "integer" : "number",
    };

    private string GoType => Type.Kind switch
    {
        SchemaKind.Struct => $"v1.{Type.Struct}",
        SchemaKind.List => $"[]{new Mismatch("", Type.Item!, null).GoType}",
        SchemaKind.Map => $"map[string]{new Mismatch("", Type.Item!, null).GoType}",
        SchemaKind.Bytes => "[]uint8",
        SchemaKind.IntOrString => "intstr.IntOrString",
        SchemaKind.Time => "time.Time",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    private string Definition => Type.Kind switch
    {
        SchemaKind.Int32 or SchemaKind.Int64 => "integer",
        SchemaKind.Bool => "boolean",
        SchemaKind.Struct or SchemaKind.Map => "object",
        SchemaKind.List => "array",
        SchemaKind.Quantity or SchemaKind.IntOrString => "integer or string",
        _ => "string",
    };

    private string Typed => Type.Kind switch
    {
        SchemaKind.Int32 or SchemaKind.Int64 => "numeric (int or float)",
        SchemaKind.Bool => "boolean",
        SchemaKind.Struct or SchemaKind.Map => "map",
        SchemaKind.List => "list",
        SchemaKind.Quantity or SchemaKind.IntOrString => "scalar",
        _ => "string",
    };
}
