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
}

public sealed record OutboxCount(string Channel, int Waiting, int Dead, DateTimeOffset? OldestWaiting);
