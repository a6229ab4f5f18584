namespace Sophia.Keda.Reactor.Core;

/// <summary>More replicas that a human asked for while a target is on its fallback: it has at least so many until that incident ends.</summary>
/// <param name="To">Never above the target's own max.</param>
/// <param name="By">Who ordered it, or the field manager that raised the fallback HPA's min.</param>
/// <param name="At">When.</param>
public sealed record Raised(int To, string By, DateTimeOffset At)
{
    /// <summary>The greatest wins; of equals the first.</summary>
    public static Raised? Greatest(Raised? one, Raised? other) => other is null || one?.To >= other.To ? one : other;
}
