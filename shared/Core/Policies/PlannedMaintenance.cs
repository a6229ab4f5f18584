namespace Sophia.Keda.Reactor.Core;

/// <summary>A maintenance window of the policy: once, or again and again.</summary>
public sealed record PlannedMaintenance
{
    /// <summary>Its id as well: unique in the policy.</summary>
    public required string Name { get; init; }

    public required Selection Selection { get; init; }

    /// <summary>Null: once, from <see cref="Start"/> to <see cref="End"/>.</summary>
    public TimeWindow? Recurring { get; init; }

    public DateTimeOffset? Start { get; init; }

    public DateTimeOffset? End { get; init; }
}
