using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// One page of a list. Its items are read one by one: API servers of custom resources, aggregated ones and proxies let through what their own
/// kind does not allow, and one such object must not hide all the others.
/// </summary>
internal sealed record Page<T>(string Kind, string Continue, IReadOnlyList<T> Items, IReadOnlyList<UnreadItem> Unread)
    where T : ObjectDto
{
    // Whatever is nested in an item is that item's fault. One bit a level, so that the size of an answer bounds it.
    internal static readonly JsonReaderOptions Deep = new() { MaxDepth = ApiBounds.LargestAnswer };

    /// <summary>Null for a body that is "null".</summary>
    /// <exception cref="JsonException">It is no JSON, or no object.</exception>
    public static Page<T>? Read(ReadOnlySpan<byte> body, string itemKind, JsonTypeInfo<T> type)
    {
        var reader = new Utf8JsonReader(body, Deep);
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException($"an object is expected, and {reader.TokenType} was found");
        var (kind, next) = ("", "");
        List<T> items = [];
        List<UnreadItem> unread = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isKind, isMetadata, isItems) = (reader.ValueTextEquals("kind"), reader.ValueTextEquals("metadata"), reader.ValueTextEquals("items"));
            reader.Read();
            if (isKind && reader.TokenType == JsonTokenType.String)
                kind = Words.Cut(RawObject.TextOf(ref reader));
            else if (isMetadata)
                next = TokenOf(RawObject.Part(Value(ref reader, body), "continue"));
            else if (isItems && reader.TokenType == JsonTokenType.StartArray)
                ReadItems(ref reader, body, itemKind, type, items, unread);
            else if (isItems && reader.TokenType != JsonTokenType.Null)
                throw new JsonException($"items: an array is expected, and {reader.TokenType} was found");
            else
                reader.Skip();
        }

        if (reader.Read())
            throw new JsonException("something follows the list");
        return new Page<T>(kind, next, items, unread);
    }

    private static void ReadItems(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> body, string itemKind, JsonTypeInfo<T> type, List<T> items, List<UnreadItem> unread)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var raw = Value(ref reader, body);
            var (item, problem) = ReadOne(raw, itemKind, type);
            if (item is not null)
                items.Add(item);
            else
                unread.Add(UnreadItem.Of(raw, itemKind, problem));
        }
    }

    private static (T? Item, string Problem) ReadOne(ReadOnlySpan<byte> raw, string itemKind, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(raw, type) is not { } item ? (null, "it is null")
                : item.Kind is { Length: > 0 } kind && kind != itemKind ? (null, $"it is a {Words.Cut(kind)}")
                : item.Fault is { Length: > 0 } fault ? (null, fault)
                : (item, "");
        }
        catch (JsonException e)
        {
            return (null, e.Path is { Length: > 2 } path ? $"{path[2..]} is not what it has to be there" : $"it is not what it has to be ({e.Message})");
        }
    }

    /// <summary>A token that can't be read must not pass for the list's end.</summary>
    private static string TokenOf(ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty || raw[0] == 'n')
            return "";
        if (raw[0] != '"')
            throw new JsonException("metadata.continue is no text");
        var reader = new Utf8JsonReader(raw);
        reader.Read();
        return reader.GetString() ?? "";
    }

    /// <summary>The bytes of the value that the reader stands on; it stands at its end then.</summary>
    private static ReadOnlySpan<byte> Value(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }
}
