using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor;

/// <summary>The loop.</summary>
public sealed class ReactorLoop(IStateStore store, Policy policy, TimeProvider time)
{
    /// <summary>The latest successful look of this process; null before the first.</summary>
    public Observation? LastObservation { get; private set; }

    /// <summary>How the latest run of this process ended; null before the first.</summary>
    public RunReport? LastRun { get; private set; }

    /// <summary>The timer's entry. Never throws for what the outside world did: the report says it.</summary>
    public Task<RunReport> RunAsync(CancellationToken cancel) => throw new NotSupportedException($"{store} {policy} {time}");

    /// <summary>
    /// Stores signals durably, then runs, and returns when the run has ended or after <paramref name="patience"/>, whichever is
    /// first; the run goes on. Throws <see cref="StoreUnavailableException"/> when they could not be stored.
    /// </summary>
    public Task<Acceptance> AcceptAsync(IReadOnlyList<Signal> signals, TimeSpan patience, CancellationToken cancel) => throw new NotSupportedException();

    /// <summary>Looks at the cluster without deciding anything, for views in a process that has not run yet.</summary>
    public Task<Observation> ObserveAsync(CancellationToken cancel) => throw new NotSupportedException();
}

/// <summary>What became of accepted signals as far as it is known within the caller's patience.</summary>
/// <param name="Stored">False when the inbox is full: nothing of it was kept.</param>
/// <param name="Verdicts">One for each signal that was decided in time; a missing one is still undecided.</param>
public sealed record Acceptance(bool Stored, ImmutableArray<Verdict> Verdicts);

/// <summary>How one run went.</summary>
public sealed record RunReport
{
    public required DateTimeOffset StartedAt { get; init; }

    public required TimeSpan Took { get; init; }

    /// <summary>False when another instance holds the lease: nothing was done here.</summary>
    public required bool HeldLease { get; init; }

    /// <summary>True when the cluster was seen.</summary>
    public bool Saw { get; init; }

    public int Signals { get; init; }

    public int Writes { get; init; }

    /// <summary>What went wrong outside, in words; empty when nothing did.</summary>
    public string Problem { get; init; } = "";
}
