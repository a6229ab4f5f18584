using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Kpis;

namespace Sophia.Keda.Reactor.Metrics;

/// <summary>What this process has counted since it started. A restart sets it to zero, as Prometheus expects of counters.</summary>
public sealed class Counters
{
    // At zero from the start: increase() of Prometheus does not see a counter's first step out of nothing, and of a week's orders each counts.
    private readonly ConcurrentDictionary<Reason, long> signals = new(KpiHistory.ByHand.ToDictionary(reason => reason, _ => 0L));
    private readonly ConcurrentDictionary<Outcome, long> writes = new(Enum.GetValues<Outcome>().ToDictionary(outcome => outcome, _ => 0L));

    private readonly ConcurrentDictionary<(TargetEventReason Reason, EventEnd End), long> events = new();

    /// <summary>How long scalings took.</summary>
    public ScalingDurations Scaling { get; } = new();

    public ImmutableSortedDictionary<Reason, long> Signals => signals.ToImmutableSortedDictionary();

    public ImmutableSortedDictionary<Outcome, long> Writes => writes.ToImmutableSortedDictionary();

    public ImmutableSortedDictionary<(TargetEventReason Reason, EventEnd End), long> Events => events.ToImmutableSortedDictionary();

    /// <summary>A signal was decided on, or refused at the door.</summary>
    public void Signal(Reason reason) => signals.AddOrUpdate(reason, 1, (_, count) => count + 1);

    /// <summary>An Event on a ScaledObject was written, or was not.</summary>
    public void Event(TargetEventReason reason, EventEnd end) => events.AddOrUpdate((reason, end), 1, (_, count) => count + 1);

    /// <summary>A cluster write ended.</summary>
    public void Write(Outcome outcome) => writes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
}

/// <summary>What became of an Event on a ScaledObject.</summary>
public enum EventEnd
{
    /// <summary>It is there.</summary>
    Taken,

    /// <summary>The API server did not take it, or did not answer; it is not tried again.</summary>
    NotTaken,

    /// <summary>It was not sent: too many waited, the server took none, writes were stopped, or the process ended.</summary>
    Dropped,
}
