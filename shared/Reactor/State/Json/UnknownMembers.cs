using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.State.Json;

/// <summary>
/// Members of a stored object that a newer version has written and this one does not know. They are given back with the next save, at the
/// same place as long as that place is still there, so that two versions may take turns during a rollout without the newer one losing
/// anything. Members inside lists are not kept: their elements have no names to find them again by.
/// </summary>
public sealed class UnknownMembers
{
    // As text: a tree reads itself when it is asked, and would tell only in our save that it can't be read.
    private readonly ImmutableDictionary<string, string> here;
    private readonly ImmutableDictionary<string, UnknownMembers> inside;

    private UnknownMembers(ImmutableDictionary<string, string> here, ImmutableDictionary<string, UnknownMembers> inside) =>
        (this.here, this.inside) = (here, inside);

    public static UnknownMembers None { get; } = new(ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, UnknownMembers>.Empty);

    public bool IsEmpty => here.IsEmpty && inside.IsEmpty;

    /// <summary>
    /// What stands in <paramref name="stored"/> and does not come back from reading and writing it. By elements, which point into the text:
    /// trees of a large panel take many times its size.
    /// </summary>
    /// <exception cref="JsonException">It holds a name twice, or a text that is no Unicode.</exception>
    internal static UnknownMembers Of(string stored, string known)
    {
        try
        {
            using var was = JsonDocument.Parse(stored, new() { AllowDuplicateProperties = false });
            using var comes = JsonDocument.Parse(known);
            return Of(was.RootElement, comes.RootElement);
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    private static UnknownMembers Of(JsonElement stored, JsonElement known)
    {
        var knows = known.EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        var added = ImmutableDictionary.CreateBuilder<string, string>();
        var deeper = ImmutableDictionary.CreateBuilder<string, UnknownMembers>();
        foreach (var member in stored.EnumerateObject())
        {
            if (!knows.TryGetValue(member.Name, out var same))
                added[member.Name] = Text(member.Value);
            else if (member.Value.ValueKind == JsonValueKind.Object && same.ValueKind == JsonValueKind.Object && Of(member.Value, same) is { IsEmpty: false } inside)
                deeper[member.Name] = inside;
        }

        return added.Count == 0 && deeper.Count == 0 ? None : new UnknownMembers(added.ToImmutable(), deeper.ToImmutable());
    }

    internal void GiveBackTo(JsonObject json)
    {
        foreach (var (name, value) in here)
            if (!json.ContainsKey(name))
                json[name] = JsonNode.Parse(value);
        foreach (var (name, members) in inside)
            if (json[name] is JsonObject still)
                members.GiveBackTo(still);
    }

    /// <summary>Written anew, so that what can't be read is found now.</summary>
    private static string Text(JsonElement value) => JsonNode.Parse(value.GetRawText())?.ToJsonString(ReactorJson.Options) ?? "null";
}
