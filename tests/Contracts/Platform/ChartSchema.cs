using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>The part of JSON Schema that the chart's values.schema.json uses; a keyword that is not known here fails the test that meets it.</summary>
internal sealed class ChartSchema
{
    /// <summary>What says something of the values, and what does not. "if" and "then" are tried by Helm.</summary>
    private static readonly string[] s_keywords =
    [
        "type", "enum", "properties", "additionalProperties", "required", "items", "minimum", "maximum", "minLength", "maxLength", "pattern", "uniqueItems", "$ref",
        "$schema", "title", "description", "definitions", "if", "then",
    ];

    private readonly JsonElement _root;

    public ChartSchema(string text)
    {
        using var document = JsonDocument.Parse(text);
        _root = document.RootElement.Clone();
    }

    /// <param name="whole">Whether what is required must be there: not in a file that is laid over another.</param>
    public IReadOnlyList<string> Faults(YamlNode values, bool whole) => [.. Check(values, _root, "", whole)];

    public bool Knows(IEnumerable<string> path)
    {
        JsonElement? at = _root;
        foreach (var name in path)
            at = at is { } schema && Resolve(schema).TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out var next) ? next : null;
        return at is not null;
    }

    /// <summary>Every path of properties down to what has none.</summary>
    public IEnumerable<string[]> Paths() => Paths(_root, []);

    private IEnumerable<string[]> Paths(JsonElement schema, string[] path) => Resolve(schema).TryGetProperty("properties", out var properties) && Required(schema).Any()
        ? properties.EnumerateObject().SelectMany(property => Paths(property.Value, [.. path, property.Name]))
        : [path];

    private IEnumerable<string> Check(YamlNode node, JsonElement reference, string path, bool whole)
    {
        var schema = Resolve(reference);
        Assert.All(schema.EnumerateObject(), keyword => Assert.Contains(keyword.Name, s_keywords));
        if (schema.TryGetProperty("enum", out var allowed) && !allowed.EnumerateArray().Any(a => a.GetString() == node.Word()))
            return [$"{path}: {node} is none of {string.Join(", ", allowed.EnumerateArray().Select(a => a.GetString()))}"];
        if (schema.TryGetProperty("type", out var type) && !Is(node, type.GetString()!))
            return [$"{path} is no {type.GetString()}: {node}"];
        return node switch
        {
            YamlMappingNode map => Map(map, schema, path, whole),
            YamlSequenceNode list => list.Children.SelectMany(item => Check(item, schema.GetProperty("items"), path + "[]", whole: true)),
            _ => Scalar(node.Word()!, schema, path),
        };
    }

    private IEnumerable<string> Map(YamlMappingNode map, JsonElement schema, string path, bool whole)
    {
        var properties = schema.TryGetProperty("properties", out var found) ? found.EnumerateObject().ToDictionary(p => p.Name, p => p.Value) : [];
        var closed = schema.TryGetProperty("additionalProperties", out var more) && !more.GetBoolean();
        foreach (var (key, value) in map.Map())
        {
            var below = path.Length == 0 ? key : $"{path}.{key}";
            var faults = properties.TryGetValue(key, out var property) ? Check(value, property, below, whole) : closed ? [$"{below} is unknown"] : [];
            foreach (var fault in faults)
                yield return fault;
        }

        foreach (var name in whole ? Required(schema).Where(name => map.At(name) is null) : [])
            yield return $"{path} has no {name}";
    }

    private static IEnumerable<string> Scalar(string text, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(text, pattern.GetString()!, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))
            yield return $"{path}: {text} does not match {pattern.GetString()}";
        if (schema.TryGetProperty("minimum", out var least) && double.Parse(text, CultureInfo.InvariantCulture) < least.GetDouble())
            yield return $"{path}: {text} is below {least}";
        if (schema.TryGetProperty("maximum", out var most) && double.Parse(text, CultureInfo.InvariantCulture) > most.GetDouble())
            yield return $"{path}: {text} is above {most}";
        if (schema.TryGetProperty("minLength", out var shortest) && text.Length < shortest.GetInt32())
            yield return $"{path} is too short";
        if (schema.TryGetProperty("maxLength", out var longest) && text.Length > longest.GetInt32())
            yield return $"{path} is too long";
    }

    private IEnumerable<string> Required(JsonElement schema) =>
        Resolve(schema).TryGetProperty("required", out var required) ? required.EnumerateArray().Select(r => r.GetString()!) : [];

    private JsonElement Resolve(JsonElement schema) => schema.TryGetProperty("$ref", out var reference)
        ? _root.GetProperty("definitions").GetProperty(reference.GetString()!["#/definitions/".Length..])
        : schema;

    private static bool Is(YamlNode node, string type) => (type, node) switch
    {
        ("object", YamlMappingNode) or ("array", YamlSequenceNode) => true,
        ("string", YamlScalarNode text) => text.Style != ScalarStyle.Plain || !(text.Value is "true" or "false" || double.TryParse(text.Value, CultureInfo.InvariantCulture, out _)),
        ("integer", YamlScalarNode { Style: ScalarStyle.Plain } number) => int.TryParse(number.Value, CultureInfo.InvariantCulture, out _),
        ("number", YamlScalarNode { Style: ScalarStyle.Plain } number) => double.TryParse(number.Value, CultureInfo.InvariantCulture, out _),
        ("boolean", YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" }) => true,
        _ => false,
    };
}
