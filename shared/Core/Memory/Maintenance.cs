namespace Sophia.Keda.Reactor.Core;

/// <summary>A maintenance window that a human ordered.</summary>
public sealed record OrderedMaintenance
{
    public required string Id { get; init; }

    public required Selection Selection { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset Until { get; init; }

    public required string Reason { get; init; }

    /// <summary>The name that was typed.</summary>
    public required string By { get; init; }
}

/// <summary>Evidence that was noted during maintenance and not acted on.</summary>
public sealed record SuppressedEvidence
{
    /// <summary>The window's id.</summary>
    public required string Window { get; init; }

    public required Cause Cause { get; init; }

    /// <summary>What it concerns.</summary>
    public required Selection Reach { get; init; }

    public required string What { get; init; }

    public required DateTimeOffset FirstSeen { get; init; }

    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>Probes that saw it.</summary>
    public int Times { get; init; }
}
