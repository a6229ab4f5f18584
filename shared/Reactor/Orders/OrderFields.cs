using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Orders;

/// <summary>Reads the members of one order and gathers every fault on the way, so that one answer names them all.</summary>
internal sealed class OrderFields
{
    private readonly JsonElement body;
    private readonly List<string> faults = [];

    public OrderFields(JsonElement body, params string[] known)
    {
        this.body = body;
        var seen = new HashSet<string>();
        foreach (var member in body.EnumerateObject())
        {
            if (!known.Contains(member.Name))
                Fault($"{Text.Clean(member.Name, 60)}: unknown member; expected {string.Join(", ", known)}");
            else if (!seen.Add(member.Name))
                Fault($"{member.Name}: given twice");
        }
    }

    public ImmutableArray<string> Faults => [.. faults];

    public void Fault(string fault) => faults.Add(fault);

    /// <summary>Text of one line; null when it is absent, JSON null or faulty.</summary>
    public string? Line(string name, int longest, bool required)
    {
        if (!Present(name, required, out var member)) return null;
        if (member.ValueKind != JsonValueKind.String)
        {
            Fault($"{name}: found {Kind(member)}; expected text");
            return null;
        }

        var text = member.GetString()!;
        if (string.IsNullOrWhiteSpace(text) && !required) return null;
        if (string.IsNullOrWhiteSpace(text)) Fault($"{name}: empty; expected text");
        else if (text.Length > longest) Fault($"{name}: {text.Length} characters; at most {longest} are taken");
        else if (Text.HasControl(text)) Fault($"{name}: holds control characters or line breaks; expected one line");
        else return text.Trim();
        return null;
    }

    /// <summary>One of an enumeration's words in lower case.</summary>
    public T? Word<T>(string name, bool required)
        where T : struct, Enum
    {
        if (!Present(name, required, out var member)) return null;
        if (member.ValueKind == JsonValueKind.String)
        {
            foreach (var value in Enum.GetValues<T>())
            {
                if (member.GetString() == Word(value)) return value;
            }
        }

        Fault($"{name}: found {Shown(member)}; expected {string.Join(" | ", Enum.GetValues<T>().Select(Word))}");
        return null;
    }

    /// <summary>
    /// An instant that says its offset: an order must not mean another hour to another clock. From 1970 to 2999: at the ends of the calendar a
    /// duration can't be added.
    /// </summary>
    public DateTimeOffset? Instant(string name, bool required)
    {
        if (Line(name, 40, required) is not { } text) return null;
        string[] formats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK"];
        var zoned = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        if (!zoned || !DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
            Fault($"{name}: found \"{Text.Clean(text, 60)}\"; expected an instant with its offset, such as 2026-03-02T23:00:00Z");
        else if (at.UtcDateTime.Year is < 1970 or > 2999)
            Fault($"{name}: found \"{Text.Clean(text, 60)}\"; expected an instant from 1970 to 2999");
        else
            return at.ToUniversalTime();
        return null;
    }

    public int? Number(string name, int least, int most)
    {
        if (!Present(name, required: false, out var member)) return null;
        if (member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        Fault($"{name}: found {Shown(member)}; expected a whole number from {least} to {most}");
        return null;
    }

    public bool Flag(string name)
    {
        if (!Present(name, required: false, out var member)) return false;
        if (member.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            Fault($"{name}: found {Shown(member)}; expected true or false");
        return member.ValueKind == JsonValueKind.True;
    }

    private bool Present(string name, bool required, out JsonElement member)
    {
        if (body.TryGetProperty(name, out member) && member.ValueKind != JsonValueKind.Null) return true;
        if (required) Fault($"{name}: missing");
        return false;
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Kind(JsonElement member) => member.ValueKind.ToString().ToLowerInvariant();

    private static string Shown(JsonElement member) =>
        member.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? Kind(member) : Text.Clean(member.GetRawText(), 60);
}
