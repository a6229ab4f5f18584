using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.State;

/// <summary>How well a store keeps what it has promised, as it was found at the last look.</summary>
public sealed record StoreCondition
{
    /// <summary>What it is and how it writes, in one sentence.</summary>
    public required string Words { get; init; }

    /// <summary>What is weaker than "202 means kept", the worst first.</summary>
    public ImmutableArray<Weakness> Weaknesses { get; init; } = [];

    /// <summary>Signals and pages that this version can't read. They are kept as they are.</summary>
    public long Unreadable { get; init; }

    /// <summary>Throws when something is weaker than the settings allow.</summary>
    /// <exception cref="StoreTooWeakException">With every such weakness, and what would mend it.</exception>
    public StoreCondition AtLeast(Durability wanted)
    {
        var refused = Weaknesses.Where(weakness => wanted.Refuses(weakness.Loses)).ToList();
        return refused.Count == 0
            ? this
            : throw new StoreTooWeakException(
                $"{Words}: it would keep less than an answer 202 promises. {string.Join(" ", refused.Select(r => r.Words))} "
                + $"Mend that, or accept it with State:Durability = {Durabilities.Accepting(refused.Max(r => r.Loses)).ToString().ToLowerInvariant()} (now {wanted.ToString().ToLowerInvariant()}).");
    }
}

/// <param name="Loses">When what was promised may be lost.</param>
/// <param name="Words">What it is, and what would mend it.</param>
public sealed record Weakness(Loses Loses, string Words);

/// <summary>When what was promised may be lost, from the least to the worst.</summary>
public enum Loses
{
    /// <summary>The last second or so, in a power cut or a failover.</summary>
    LastSeconds,

    /// <summary>Everything, with the machine or container it runs on.</summary>
    WithItsHost,

    /// <summary>Everything, at each restart.</summary>
    AtRestart,

    /// <summary>Anything, at any time.</summary>
    AtAnyTime,
}

/// <summary>How much weakness a host accepts: the rest keeps it from starting.</summary>
public enum Durability
{
    /// <summary>None.</summary>
    Strict,

    /// <summary>What loses seconds, or goes with its host: warned about, and shown in health.</summary>
    Standard,

    /// <summary>All of it, with warnings: to try things out.</summary>
    Relaxed,
}

public static class Durabilities
{
    public static bool Refuses(this Durability wanted, Loses loses) => wanted switch
    {
        Durability.Strict => true,
        Durability.Standard => loses >= Loses.AtRestart,
        Durability.Relaxed => false,
        _ => throw new System.Diagnostics.UnreachableException($"durability {wanted}"),
    };

    /// <summary>The strictest setting that accepts this.</summary>
    internal static Durability Accepting(Loses loses) => Enum.GetValues<Durability>().First(d => !d.Refuses(loses));
}
