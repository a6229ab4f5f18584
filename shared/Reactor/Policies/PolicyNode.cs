using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>YAML as it was written, each part with its place.</summary>
internal abstract record PolicyNode(Place Place)
{
    /// <summary>The node in a few words, for faults.</summary>
    public abstract string Show();
}

/// <param name="Place">Where it begins.</param>
/// <param name="Text">Without quotes.</param>
/// <param name="IsLiteral">Written as a | block, whose lines follow in the file as they are.</param>
internal sealed record PolicyScalar(Place Place, string Text, bool IsLiteral) : PolicyNode(Place)
{
    public override string Show() => Text;
}

internal sealed record PolicyList(Place Place, ImmutableArray<PolicyNode> Items) : PolicyNode(Place)
{
    public override string Show() => "a list";
}

internal sealed record PolicyMap(Place Place, ImmutableArray<(PolicyScalar Key, PolicyNode Value)> Entries) : PolicyNode(Place)
{
    public PolicyNode? this[string key] => Entries.FirstOrDefault(e => e.Key.Text == key).Value;

    public override string Show() => "a mapping";
}
