using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Api.Schemas;

/// <summary>One thing that is wrong in an object, as the causes of a refusal have it.</summary>
public sealed record FieldFault(string Field, string Message, string Reason = "FieldValueInvalid");

/// <summary>What must be there, and within which bounds: the second look at an object, after its types.</summary>
public sealed class Bounds
{
    private readonly bool _custom;
    private readonly bool _bounded;
    private readonly List<FieldFault> _faults = [];

    private Bounds(bool custom, bool bounded) => (_custom, _bounded) = (custom, bounded);

    /// <param name="document">Of the right types.</param>
    /// <param name="root">Its kind.</param>
    /// <param name="custom">A definition's words, not the built-in kinds'.</param>
    /// <param name="bounded">False: the definition knows no minimums and lengths.</param>
    public static IReadOnlyList<FieldFault> Broken(JsonObject document, SchemaStruct root, bool custom, bool bounded = true)
    {
        var bounds = new Bounds(custom, bounded);
        bounds.Struct(document, root, "");
        return bounds._faults;
    }

    private void Struct(JsonObject map, SchemaStruct part, string path)
    {
        foreach (var field in part.Fields)
        {
            var at = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            var value = map[field.Name];
            if (field.Required && IsMissing(value, field.Type))
                _faults.Add(new FieldFault(at, "Required value", "FieldValueRequired"));
            else if (value is not null)
                Field(value, field, at);
        }
    }

    /// <summary>A built-in kind can't tell what is empty from what is not there; a definition can.</summary>
    private bool IsMissing(JsonNode? value, SchemaType type) => value is null
        || (!_custom && (value is JsonArray { Count: 0 } || (type.Kind == SchemaKind.String && value.ToString().Length == 0)));

    private void Field(JsonNode value, SchemaField field, string path)
    {
        if (field.Type.Kind is SchemaKind.Int32 or SchemaKind.Int64)
            Amount(value, field, path);
        else if (field.Type.Kind == SchemaKind.String && field.Least > value.ToString().Length && _bounded)
            _faults.Add(new FieldFault(path, $"Invalid value: \"{value}\": {path} in body should be at least {field.Least} chars long"));
        else if (value is JsonArray list && field.Least > list.Count && _bounded)
            _faults.Add(new FieldFault(path, $"Invalid value: {list.Count}: {path} in body should have at least {field.Least} items"));
        if (field.Allowed.Length > 0)
            Choices(value, field, path);
        Value(value, field.Type, path);
    }

    private void Value(JsonNode? value, SchemaType type, string path)
    {
        if (type.Kind == SchemaKind.Struct && value is JsonObject map)
            Struct(map, SchemaTables.Struct(type), path);
        else if (type.Kind == SchemaKind.List && value is JsonArray list)
            foreach (var (i, entry) in list.Index())
                Value(entry, type.Item!, $"{path}[{i}]");
        else if (type.Kind == SchemaKind.Map && value is JsonObject held)
            foreach (var (name, one) in held)
                Value(one, type.Item!, $"{path}.{name}");
    }

    private void Amount(JsonNode value, SchemaField field, string path)
    {
        var number = decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
        var inBody = _custom ? $"{path} in body should be" : "must be";
        if (number < field.Min && (_bounded || !_custom))
            _faults.Add(new FieldFault(path, $"Invalid value: {number}: {inBody} greater than or equal to {field.Min}"));
        else if (number > field.Max)
            _faults.Add(new FieldFault(path, $"Invalid value: {number}: {inBody} less than or equal to {field.Max}"));
    }

    private void Choices(JsonNode value, SchemaField field, string path)
    {
        foreach (var (one, at) in value is JsonArray list ? list.Select((v, i) => (v, $"{path}[{i}]")) : [(value, path)])
        {
            // A built-in kind takes what is empty for what is not there.
            if (one?.GetValueKind() == JsonValueKind.String && !field.Allowed.Contains(one.ToString()) && (_custom || one.ToString().Length > 0))
                _faults.Add(new FieldFault(at, $"Unsupported value: \"{one}\": supported values: {string.Join(", ", field.Allowed.Select(a => $"\"{a}\""))}", "FieldValueNotSupported"));
        }
    }
}
