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

    /// <summary>What stands in <paramref name="stored"/> and does not come back from reading and writing it.</summary>
    /// <exception cref="JsonException">It holds a text that is no Unicode.</exception>
    internal static UnknownMembers Of(JsonObject stored, JsonObject known)
    {
        var added = stored.Where(member => !known.ContainsKey(member.Key)).ToImmutableDictionary(member => member.Key, member => Text(member.Value));
        var deeper = stored
            .Where(member => member.Value is JsonObject && known[member.Key] is JsonObject)
            .Select(member => (member.Key, Members: Of(member.Value!.AsObject(), known[member.Key]!.AsObject())))
            .Where(member => !member.Members.IsEmpty)
            .ToImmutableDictionary(member => member.Key, member => member.Members);
        return added.IsEmpty && deeper.IsEmpty ? None : new UnknownMembers(added, deeper);
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

    private static string Text(JsonNode? value)
    {
        try
        {
            return value?.ToJsonString(ReactorJson.Options) ?? "null";
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }
}
