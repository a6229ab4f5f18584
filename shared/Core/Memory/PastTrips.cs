using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Trips of one target for one cause, or of the cluster for one, that outlive their incidents for a while: repeats are told from first times.</summary>
public sealed record PastTrips
{
    /// <summary>In order of time, the latest last.</summary>
    public ImmutableArray<PastTrip> Trips { get; init; } = [];
}

/// <param name="At">When it tripped.</param>
/// <param name="IncidentId">The incident that it belonged to: one incident counts once, and once more each time that it is reopened.</param>
/// <param name="Seen">What was seen, with its numbers.</param>
public sealed record PastTrip(DateTimeOffset At, string IncidentId, string Seen);
