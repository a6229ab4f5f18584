using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Simulator;

/// <summary>How a world begins.</summary>
internal sealed record Setting
{
    public required ulong Seed { get; init; }

    public required Policy Policy { get; init; }

    /// <summary>1 to 3 on one store.</summary>
    public int Reactors { get; init; } = 1;

    /// <summary>Beside the four of the source documents.</summary>
    public int MoreTargets { get; init; }

    /// <summary>The store can tell that a lease's holder has ended, as a file on one machine can.</summary>
    public bool KnowsTheDead { get; init; }

    /// <summary>Keeps all that happens as text.</summary>
    public bool Tells { get; init; }
}

/// <summary>A broken promise.</summary>
/// <param name="Invariant">Its number in the design; 0: the reactor threw.</param>
/// <param name="What">In words.</param>
/// <param name="At">When it was seen.</param>
internal sealed record Breach(int Invariant, string What, DateTimeOffset At)
{
    public override string ToString() => $"invariant {Invariant} at {At:HH:mm:ss}: {What}";
}
