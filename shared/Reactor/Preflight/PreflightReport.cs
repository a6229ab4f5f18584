using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Preflight;

/// <summary>What the reactor needs of the cluster, and how it found that.</summary>
public sealed record PreflightReport
{
    public required DateTimeOffset At { get; init; }

    /// <summary>The worst first.</summary>
    public ImmutableArray<Finding> Findings { get; init; } = [];

    /// <summary>One line of what was found well.</summary>
    public required string Words { get; init; }

    public int Count(FindingKind kind) => Findings.Count(finding => finding.Kind == kind);
}
