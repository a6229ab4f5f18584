namespace Sophia.Keda.Reactor.Access.Entra;

/// <summary>What a token proved.</summary>
/// <param name="Caller">A sender; null when nothing was proved.</param>
/// <param name="Unavailable">It could not be checked, now: neither yes nor no.</param>
public sealed record EntraProof(Caller? Caller, bool Unavailable)
{
    public static EntraProof Nobody { get; } = new(null, false);

    public static EntraProof NotNow { get; } = new(null, true);
}
