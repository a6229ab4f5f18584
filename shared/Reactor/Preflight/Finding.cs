using Sophia.Keda.Reactor.Health;

namespace Sophia.Keda.Reactor.Preflight;

public enum FindingKind
{
    /// <summary>The API server said that it is not there, or not allowed.</summary>
    Missing,

    /// <summary>It is there, but not as the reactor knows it.</summary>
    Differs,

    /// <summary>The API server did not say. Never taken for missing.</summary>
    Unchecked,

    /// <summary>Good to know.</summary>
    Note,
}

/// <param name="Kind">How it is known.</param>
/// <param name="Status">How bad it is; Healthy marks a note.</param>
/// <param name="Text">One line for people.</param>
public sealed record Finding(FindingKind Kind, HealthStatus Status, string Text);
