using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Sophia.Keda.Reactor.Alerts;

/// <summary>Careful access to one alert's JSON: what is absent or of another shape reads as null, never as an exception.</summary>
internal static class AlertFields
{
    private const int LongestLabel = 1024;

    /// <summary>Bytes of one text as it stands in the body: nothing that is read here is longer, and each look at one costs twice its bytes.</summary>
    private const int LongestText = 64 * 1024;

    public static string? Label(JsonElement alert, string name) => Text(Member(alert, "labels"), name);

    public static string? Annotation(JsonElement alert, string name) => Text(Member(alert, "annotations"), name);

    public static string? Text(JsonElement? holder, string name) =>
        Member(holder, name) is { ValueKind: JsonValueKind.String } text ? Decode(text) : null;

    /// <summary>Null when the label may be used; else what is wrong with it.</summary>
    public static string? Fault(JsonElement alert, string name)
    {
        if (Member(Member(alert, "labels"), name) is not { } label) return null;
        if (label.ValueKind == JsonValueKind.String && IsTooLong(label)) return $"label {name} is longer than {LongestLabel} bytes";
        if (label.ValueKind != JsonValueKind.String || Decode(label) is not { } text) return $"label {name} is not text";
        if (Encoding.UTF8.GetByteCount(text) > LongestLabel) return $"label {name} is longer than {LongestLabel} bytes";
        return Wire.Text.HasControl(text) ? $"label {name} holds control characters" : null;
    }

    /// <summary>An RFC 3339 time with its offset. Go's zero time (year 1) reads as null.</summary>
    public static DateTimeOffset? Time(JsonElement alert, string name)
    {
        if (Member(alert, name) is not { ValueKind: JsonValueKind.String } element) return null;
        var text = Decode(element);
        if (text is not { Length: >= 20 } || !HasOffset(text) || !element.TryGetDateTimeOffset(out var time)) return null;
        return time.UtcDateTime.Year <= 1 ? null : time.ToUniversalTime();
    }

    private static bool HasOffset(string text) => text[^1] == 'Z' || text[^6] is '+' or '-';

    public static JsonElement? Member(JsonElement? holder, string name)
    {
        if (holder is not { ValueKind: JsonValueKind.Object } found) return null;
        try
        {
            return found.TryGetProperty(name, out var member) ? member : null;
        }
        catch (InvalidOperationException)
        {
            return null; // A neighbouring name holds half a surrogate pair.
        }
    }

    private static bool IsTooLong(JsonElement text) => JsonMarshal.GetRawUtf8Value(text).Length > LongestText;

    private static string? Decode(JsonElement text)
    {
        if (IsTooLong(text)) return null;
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // "\ud800": half a surrogate pair is legal JSON and no text.
        }
    }
}
