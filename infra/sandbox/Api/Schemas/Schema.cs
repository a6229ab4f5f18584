using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Api.Schemas;

public enum SchemaKind
{
    Any,
    String,
    Bytes,
    Time,
    Int32,
    Int64,
    Bool,
    Quantity,
    IntOrString,
    Struct,
    List,
    Map,
}

/// <summary>The type of a value.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Struct">Its name in the tables, of a struct.</param>
/// <param name="Item">What a list or a map holds.</param>
public sealed record SchemaType(SchemaKind Kind, string Struct = "", SchemaType? Item = null)
{
    /// <summary>A list whose entries are told apart, and not one value.</summary>
    public bool Apart { get; init; }

    /// <summary>The fields by which they are. Empty: by themselves.</summary>
    public ImmutableArray<string> Keys { get; init; } = [];

    /// <summary>A map or struct that has one owner as a whole.</summary>
    public bool Atomic { get; init; }
}

/// <summary>One field of a struct.</summary>
public sealed record SchemaField(string Name, SchemaType Type)
{
    public bool Required { get; init; }

    /// <summary>Its number in the protobuf message; 0 where nobody sends it so.</summary>
    public int Number { get; init; }

    /// <summary>A zero that is sent is meant, and not what protobuf sends for what nobody set.</summary>
    public bool Pointer { get; init; }

    public long? Min { get; init; }
    public long? Max { get; init; }

    /// <summary>Entries that a list has at least, or characters of a text.</summary>
    public int Least { get; init; }

    public ImmutableArray<string> Allowed { get; init; } = [];
    public JsonNode? Default { get; init; }
}

/// <summary>A kind of object, or a part of one.</summary>
/// <param name="Open">Fields that the table does not name are kept as they come.</param>
public sealed record SchemaStruct(string Name, ImmutableArray<SchemaField> Fields, bool Open)
{
    private readonly FrozenDictionary<string, SchemaField> _byName = Fields.ToFrozenDictionary(f => f.Name);

    public SchemaField? Field(string name) => _byName.GetValueOrDefault(name);

    public SchemaField? Field(int number) => Fields.FirstOrDefault(f => f.Number == number);
}
