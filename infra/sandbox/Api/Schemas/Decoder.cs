using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Api.Schemas;

/// <summary>
/// Takes a document apart by its kind's table: fields that are not in it are taken out and named, quantities get their canonical form, what the
/// server fills in is filled in. What is of another type stays and is named.
/// </summary>
public sealed class Decoder
{
    private readonly bool _custom;

    /// <param name="custom">A custom resource keeps nulls (and is refused for them) and quantities as they were sent.</param>
    public Decoder(bool custom) => _custom = custom;

    /// <summary>Entries of lists with a key are named by it, as in server-side apply.</summary>
    public bool ByKey { get; init; }

    /// <summary>False: nothing is filled in, as in a configuration that is yet to be merged.</summary>
    public bool Defaults { get; init; } = true;

    public List<string> Unknown { get; } = [];

    public List<Mismatch> Wrong { get; } = [];

    public void Read(JsonObject document, SchemaStruct root) => Struct(document, root, "");

    private void Struct(JsonObject map, SchemaStruct part, string path)
    {
        foreach (var (name, value) in map.ToList())
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (part.Field(name) is { } field)
            {
                Put(map, name, value, field.Type, at);
            }
            else if (!part.Open)
            {
                Unknown.Add(at);
                map.Remove(name);
            }
        }

        if (!Defaults)
            return;
        foreach (var field in part.Fields)
        {
            if (field.Default is { } filled && map[field.Name] is null)
                map[field.Name] = filled.DeepClone();
        }
    }

    private void Put(JsonObject map, string name, JsonNode? value, SchemaType type, string path)
    {
        if (value is null && type.Kind != SchemaKind.Any)
        {
            if (_custom && !path.StartsWith("metadata", StringComparison.Ordinal))
                Wrong.Add(new Mismatch(path, type, null));
            else
                map.Remove(name);
            return;
        }

        var read = Value(value, type, path);
        if (!ReferenceEquals(read, value))
            map[name] = read;
    }

    private JsonNode? Value(JsonNode? value, SchemaType type, string path)
    {
        switch (type.Kind, value)
        {
            case (SchemaKind.Any, _):
                return value;
            case (SchemaKind.Struct, JsonObject map):
                Struct(map, SchemaTables.Struct(type), path);
                return value;
            case (SchemaKind.Map, JsonObject map):
                foreach (var (name, held) in map.ToList())
                    Put(map, name, held, type.Item!, $"{path}.{name}");
                return value;
            case (SchemaKind.List, JsonArray list):
                for (var i = 0; i < list.Count; i++)
                {
                    var read = Value(list[i], type.Item!, path + Index(list[i], i, type));
                    if (!ReferenceEquals(read, list[i]))
                        list[i] = read;
                }

                return value;
            case (SchemaKind.Quantity, JsonValue amount) when Text(amount) is { } text && Quantities.Canonical(text) is { } canonical:
                return _custom || (amount.GetValueKind() == JsonValueKind.String && canonical == text) ? value : canonical;
            default:
                if (!IsOf(value, type.Kind))
                    Wrong.Add(new Mismatch(path, type, value));
                return value;
        }
    }

    private string Index(JsonNode? entry, int at, SchemaType type) => ByKey && type.Keys.Length > 0
        ? $"[{string.Join(',', type.Keys.Select(k => $"{k}={(entry as JsonObject)?[k]?.ToJsonString()}"))}]"
        : $"[{at}]";

    private static string? Text(JsonValue amount) => amount.GetValueKind() switch
    {
        JsonValueKind.String => amount.GetValue<string>(),
        JsonValueKind.Number => amount.ToJsonString(),
        _ => null,
    };

    private static bool IsOf(JsonNode? value, SchemaKind kind) => (kind, value?.GetValueKind()) switch
    {
        (SchemaKind.String or SchemaKind.Bytes or SchemaKind.Time or SchemaKind.IntOrString, JsonValueKind.String) => true,
        (SchemaKind.Bool, JsonValueKind.True or JsonValueKind.False) => true,
        (SchemaKind.Int32 or SchemaKind.IntOrString, JsonValueKind.Number) => Whole(value!, int.MinValue, int.MaxValue),
        (SchemaKind.Int64, JsonValueKind.Number) => Whole(value!, long.MinValue, long.MaxValue),
        _ => false,
    };

    private static bool Whole(JsonNode value, long least, long most) =>
        decimal.TryParse(value.ToJsonString(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number)
        && number == decimal.Truncate(number) && number >= least && number <= most;
}
