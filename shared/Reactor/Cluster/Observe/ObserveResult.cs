using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>What a look brought: the cluster, or why it could not be seen. Not seeing is never evidence against KEDA.</summary>
public sealed record ObserveResult
{
    /// <summary>Null when the cluster could not be seen.</summary>
    public Observation? Observation { get; private init; }

    /// <summary>Why not, in words; empty when it was seen.</summary>
    public string Problem { get; private init; } = "";

    /// <summary>Set when it could not be seen because ScaledObjects are not served: how that stands.</summary>
    public Registration? NotServed { get; private init; }

    public static ObserveResult Saw(Observation observation) => new() { Observation = observation };

    public static ObserveResult Blind(string problem, Registration? notServed = null) => new() { Problem = Words.Cut(problem), NotServed = notServed };
}
