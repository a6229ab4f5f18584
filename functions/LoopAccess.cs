using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Preflight;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>What the functions need of the loop, as plain delegates: the triggers can be tried without a cluster behind them.</summary>
public sealed record LoopAccess
{
    /// <summary>One run; its report says what went wrong outside.</summary>
    public required Func<CancellationToken, Task<RunReport>> Run { get; init; }

    /// <summary>Stores signals, runs, and answers with what was decided within the patience.</summary>
    public required Func<IReadOnlyList<Signal>, TimeSpan, CancellationToken, Task<Acceptance>> Accept { get; init; }

    /// <summary>Looks at the cluster without deciding anything.</summary>
    public required Func<CancellationToken, Task<ObserveResult>> Observe { get; init; }

    public required Func<Observation?> LastObservation { get; init; }

    public required Func<RunReport?> LastRun { get; init; }

    /// <summary>Sends the pages that are due.</summary>
    public required Func<CancellationToken, Task> DeliverPages { get; init; }

    /// <summary>The latest preflight; null when it is not known yet.</summary>
    public Func<CancellationToken, Task<PreflightReport?>> Preflight { get; init; } = _ => Task.FromResult<PreflightReport?>(null);

    public static LoopAccess To(ReactorLoop loop, LatestPreflight preflight, Func<CancellationToken, Task> deliverPages) => new()
    {
        Run = loop.RunAsync,
        Accept = loop.AcceptAsync,
        Observe = loop.ObserveAsync,
        LastObservation = () => loop.LastObservation,
        LastRun = () => loop.LastRun,
        DeliverPages = deliverPages,
        Preflight = preflight.AsOfNowAsync,
    };
}

/// <summary>Draws the id of an order that brought none.</summary>
public delegate string IdSource();
