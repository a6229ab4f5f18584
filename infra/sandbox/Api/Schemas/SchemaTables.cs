using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api.Schemas;

/// <summary>The tables beside this file, read once. README.md says how they are written.</summary>
public static class SchemaTables
{
    private static readonly SchemaType Text = new(SchemaKind.String);
    private static readonly FrozenDictionary<string, SchemaKind> Scalars = new Dictionary<string, SchemaKind>
    {
        ["any"] = SchemaKind.Any,
        ["string"] = SchemaKind.String,
        ["bytes"] = SchemaKind.Bytes,
        ["time"] = SchemaKind.Time,
        ["int32"] = SchemaKind.Int32,
        ["int64"] = SchemaKind.Int64,
        ["bool"] = SchemaKind.Bool,
        ["quantity"] = SchemaKind.Quantity,
        ["intstr"] = SchemaKind.IntOrString,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, SchemaStruct> Structs;
    private static readonly FrozenDictionary<(string ApiVersion, string Kind), SchemaStruct> Roots;

    static SchemaTables()
    {
        var structs = new Dictionary<string, SchemaStruct>(StringComparer.Ordinal);
        var roots = new Dictionary<(string, string), SchemaStruct>();
        var assembly = typeof(SchemaTables).Assembly;
        foreach (var table in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".schema", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(table)!);
            foreach (var (read, apiVersion) in Read(reader.ReadToEnd()))
            {
                structs.Add(read.Name, read);
                if (apiVersion is not null)
                    roots.Add((apiVersion, read.Name), read);
            }
        }

        Structs = structs.ToFrozenDictionary();
        Roots = roots.ToFrozenDictionary();
    }

    /// <summary>Null: the sandbox takes whatever comes of this kind.</summary>
    public static SchemaStruct? Of(Resource resource) => Roots.GetValueOrDefault((resource.ApiVersion, resource.Kind));

    public static SchemaStruct Struct(SchemaType type) => Structs[type.Struct];

    /// <summary>Of all kinds, those without a table too.</summary>
    public static SchemaStruct Metadata => Structs["ObjectMeta"];

    private static IEnumerable<(SchemaStruct Struct, string? ApiVersion)> Read(string table)
    {
        foreach (var block in table.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#').ToList();
            var head = lines[0].Split(' ');
            var apiVersion = head is [_, "=", var served, ..] ? served : null;
            var fields = lines.Skip(1).Select(Field).ToList();
            if (apiVersion is not null)
                fields.InsertRange(0, [new SchemaField("apiVersion", Text), new SchemaField("kind", Text)]);
            if (apiVersion is not null && !fields.Exists(f => f.Name == "metadata"))
                fields.Add(new SchemaField("metadata", new SchemaType(SchemaKind.Struct, "ObjectMeta")));
            yield return (new SchemaStruct(head[0], [.. fields], head[^1] == "open"), apiVersion);
        }
    }

    private static SchemaField Field(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var type = words[1].TrimStart('*');
        var field = new SchemaField(words[0].TrimEnd('!'), Type(type)) { Required = words[0].EndsWith('!'), Pointer = type.Length < words[1].Length };
        return words.Skip(2).Aggregate(field, Qualified);
    }

    private static SchemaField Qualified(SchemaField field, string word) => word.Split('=', 2) switch
    {
        [['#', .. var number]] => field with { Number = Number(number) },
        ["min", var least] => field with { Min = Number(least) },
        ["max", var most] => field with { Max = Number(most) },
        ["items" or "length", var least] => field with { Least = Number(least) },
        ["enum", var all] => field with { Allowed = [.. all.Split('|')] },
        ["default", "{}"] => field with { Default = new JsonObject() },
        ["default", var value] => field with { Default = field.Type.Kind == SchemaKind.Int32 ? Number(value) : value },
        _ => throw new FormatException($"'{word}' of {field.Name} says nothing that a table can say"),
    };

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static SchemaType Type(string word) => word switch
    {
        [.., '~'] => Type(word[..^1]) with { Atomic = true },
        ['[', ..] when word.IndexOf(']') is var end => new SchemaType(SchemaKind.List, Item: Type(word[(end + 1)..]))
        {
            Apart = end > 1,
            Keys = [.. word[1..end].Split(',', StringSplitOptions.RemoveEmptyEntries).Where(k => k != "=")],
        },
        ['{', '}', .. var held] => new SchemaType(SchemaKind.Map, Item: Type(held)),
        _ => Scalars.TryGetValue(word, out var kind) ? new SchemaType(kind) : new SchemaType(SchemaKind.Struct, word),
    };
}
