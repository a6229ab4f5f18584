using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>What the store knows of trips that the panel has forgotten: asked only for targets with marks that the panel does not know.</summary>
public sealed record Past
{
    public static Past Nothing { get; } = new();

    /// <summary>Closed incidents that those marks name, and when they closed.</summary>
    public ImmutableDictionary<string, DateTimeOffset> Closed { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>When such a target was last handed back.</summary>
    public ImmutableDictionary<TargetId, DateTimeOffset> HandedBack { get; init; } = ImmutableDictionary<TargetId, DateTimeOffset>.Empty;
}
