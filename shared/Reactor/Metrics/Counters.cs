using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Metrics;

/// <summary>What this process has counted since it started. A restart sets it to zero, as Prometheus expects of counters.</summary>
public sealed class Counters
{
    private readonly ConcurrentDictionary<Reason, long> signals = new();
    private readonly ConcurrentDictionary<Outcome, long> writes = new(Enum.GetValues<Outcome>().ToDictionary(outcome => outcome, _ => 0L));

    /// <summary>How long scalings took.</summary>
    public ScalingDurations Scaling { get; } = new();

    public ImmutableSortedDictionary<Reason, long> Signals => signals.ToImmutableSortedDictionary();

    public ImmutableSortedDictionary<Outcome, long> Writes => writes.ToImmutableSortedDictionary();

    /// <summary>A signal was decided on, or refused at the door.</summary>
    public void Signal(Reason reason) => signals.AddOrUpdate(reason, 1, (_, count) => count + 1);

    /// <summary>A cluster write ended.</summary>
    public void Write(Outcome outcome) => writes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
}
