namespace Sophia.Keda.Reactor.Core;

/// <summary>One object of a list that could not be read. It is left out by itself, and what depends on it is unknown: neither touched nor a sign.</summary>
/// <param name="Kind">ScaledObject, Deployment, Lease and so on.</param>
/// <param name="Namespace">Empty when it has none, or that could not be read either.</param>
/// <param name="Name">Empty when that could not be read either.</param>
/// <param name="Problem">What was wrong with it.</param>
public sealed record UnreadObject(string Kind, string Namespace, string Name, string Problem)
{
    public override string ToString() => $"{Kind} {(Namespace.Length > 0 ? Namespace + "/" : "")}{(Name.Length > 0 ? Name : "(no readable name)")}: {Problem}";
}
