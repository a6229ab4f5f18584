using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State;

public enum DeliveryState
{
    Waiting,
    Delivered,

    /// <summary>The channel said that it will never take this one.</summary>
    Dead,
}

/// <summary>One page on one channel.</summary>
public sealed record OutboxEntry
{
    public required long Sequence { get; init; }

    public required Page Page { get; init; }

    public required string Channel { get; init; }

    public required DeliveryState State { get; init; }

    public int Attempts { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public string LastError { get; init; } = "";

    /// <summary>True when a later page of the same incident waits behind it on the same channel: it did not get through in time.</summary>
    public bool Overtaken { get; init; }
}

/// <summary>Which pages to list: those that wait and those that were given up. Of a delivered one the audit trail tells.</summary>
public sealed record PageQuery
{
    /// <summary>Null for both.</summary>
    public DeliveryState? State { get; init; }

    public string? Channel { get; init; }

    /// <summary>1 to 1,000.</summary>
    public int Limit { get; init; } = 200;
}

/// <param name="Channel">The channel by name.</param>
/// <param name="Waiting">Pages that wait for it.</param>
/// <param name="Dead">Pages that it will never take.</param>
/// <param name="OldestWaiting">When the one that has waited longest was queued.</param>
/// <param name="Dropped">Notices that were not queued, ever, because as many as are kept waited already.</param>
public sealed record OutboxCount(string Channel, int Waiting, int Dead, DateTimeOffset? OldestWaiting, long Dropped = 0);
