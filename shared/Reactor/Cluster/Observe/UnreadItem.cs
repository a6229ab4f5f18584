using System.Text.Json;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>An item of a list that can't be read, with what of it can: enough to know which target it is about.</summary>
/// <param name="Object">For people, and for the decision.</param>
/// <param name="Ref">An HPA's scaleTargetRef or an event's involvedObject, when its name can be read.</param>
internal sealed record UnreadItem(UnreadObject Object, WorkloadRef? Ref)
{
    public static UnreadItem Of(ReadOnlySpan<byte> raw, string kind, string problem)
    {
        var about = RawObject.Part(raw, "involvedObject") is { IsEmpty: false } involved ? involved : RawObject.Part(RawObject.Part(raw, "spec"), "scaleTargetRef");
        var meta = RawObject.Part(raw, "metadata");
        return new UnreadItem(
            new UnreadObject(kind, Name(meta, "namespace"), Name(meta, "name"), Words.Cut(problem)),
            Name(about, "name") is { Length: > 0 } named ? new WorkloadRef(Name(about, "apiVersion"), Name(about, "kind"), named) : null);
    }

    private static string Name(ReadOnlySpan<byte> of, string key) => RawObject.Text(of, key) is { Length: <= ApiBounds.LongestName } text ? Words.Cut(text) : "";
}

/// <summary>Single fields of an object that can't be read as a whole.</summary>
internal static class RawObject
{
    /// <summary>The bytes of a member; empty when there is none, or this is no object.</summary>
    public static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> raw, string key)
    {
        if (raw.IsEmpty)
            return [];
        var reader = new Utf8JsonReader(raw, Page<ObjectDto>.Deep);
        ReadOnlySpan<byte> found = [];
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals(key);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (wanted)
                found = raw[start..(int)reader.BytesConsumed];
        }

        return found;
    }

    /// <summary>A member's text; null when it has none.</summary>
    public static string? Text(ReadOnlySpan<byte> raw, string key)
    {
        var part = Part(raw, key);
        if (part.IsEmpty || part[0] != '"')
            return null;

        var reader = new Utf8JsonReader(part);
        reader.Read();
        return TextOf(ref reader);
    }

    /// <summary>The text that the reader stands on; empty when its bytes are no text.</summary>
    public static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return ""; // half a surrogate, or no UTF-8
        }
    }
}
