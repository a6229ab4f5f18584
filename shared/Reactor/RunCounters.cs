using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor;

/// <summary>Counts since the start of this process, for metrics.</summary>
public sealed class RunCounters
{
    /// <summary>Signals decided, by reason.</summary>
    public ConcurrentDictionary<Reason, long> Signals { get; } = new();

    /// <summary>Cluster writes, by outcome.</summary>
    public ConcurrentDictionary<Outcome, long> Writes { get; } = new();

    /// <summary>Runs, by whether they held the lease and saw the cluster.</summary>
    public ConcurrentDictionary<string, long> Runs { get; } = new();

    public void Count(Decision decision)
    {
        foreach (var verdict in decision.Verdicts)
            Signals.AddOrUpdate(verdict.Reason, 1, (_, n) => n + 1);
    }

    public void Count(ImmutableArray<WriteOutcome> outcomes)
    {
        foreach (var outcome in outcomes)
            Writes.AddOrUpdate(outcome.Outcome, 1, (_, n) => n + 1);
    }

    public void Count(RunReport report)
    {
        var result = !report.HeldLease ? "no-lease" : report.Saw ? "saw" : "blind";
        Runs.AddOrUpdate(result, 1, (_, n) => n + 1);
    }
}
