namespace Sophia.Keda.Reactor.Core;

/// <summary>A ScaledObject by namespace and name: the key of everything the reactor remembers.</summary>
public readonly record struct TargetId(string Namespace, string Name) : IComparable<TargetId>
{
    /// <summary>Ordinal, namespace first, so that every run walks targets in the same order.</summary>
    public int CompareTo(TargetId other)
    {
        var byNamespace = string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }

    public override string ToString() => $"{Namespace}/{Name}";
}
