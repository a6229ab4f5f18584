using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>What became of one signal.</summary>
public sealed record Verdict
{
    public required string Key { get; init; }

    public required bool Accepted { get; init; }

    public required Reason Reason { get; init; }

    /// <summary>"ignored, because …" or what it led to.</summary>
    public required string Because { get; init; }

    public string? IncidentId { get; init; }

    /// <summary>For orders only.</summary>
    public OrderAnswer? Answer { get; init; }
}

/// <summary>How an order was answered; kept so that the same requestId gets the same answer.</summary>
public sealed record OrderAnswer
{
    public required string RequestId { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>False: refused, for <see cref="Reason"/> in the words of <see cref="Detail"/>.</summary>
    public required bool Accepted { get; init; }

    public required Reason Reason { get; init; }

    public string Detail { get; init; } = "";

    public string? IncidentId { get; init; }

    /// <summary>The id of the maintenance that the order began or ended.</summary>
    public string? Maintenance { get; init; }

    public ImmutableArray<OrderedTarget> Targets { get; init; } = [];

    /// <summary>What happens next, in words.</summary>
    public string Next { get; init; } = "";
}

public sealed record OrderedTarget(string Namespace, string Name, BreakerState State, string WillDo);

/// <summary>The breaker of one target, as people know it.</summary>
public enum BreakerState
{
    /// <summary>KEDA scales it.</summary>
    Closed,

    /// <summary>On the way to its fallback.</summary>
    Tripping,

    /// <summary>On its fallback.</summary>
    Open,

    /// <summary>Handed back and watched (half-open).</summary>
    Testing,

    /// <summary>On its fallback until a human releases it.</summary>
    Held,
}
