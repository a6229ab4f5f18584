using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Kpis;

public enum KpiTrend
{
    /// <summary>One of the two periods has no number.</summary>
    Unknown,
    Same,
    Better,
    Worse,
}

/// <summary>One row of the specification's section 10 that the audit trail knows, or one that we add to it.</summary>
public sealed record Kpi
{
    public required string Id { get; init; }

    /// <summary>"10.1" and "10.2" are the specification's; "reactor" are ours.</summary>
    public required string Section { get; init; }

    public required string Name { get; init; }

    /// <summary>In words; empty when the specification sets none.</summary>
    public required string Target { get; init; }

    /// <summary>Null: there was none in the period.</summary>
    public double? Value { get; init; }

    public required string Unit { get; init; }

    /// <summary>Null: not known, or without a target.</summary>
    public bool? Met { get; init; }

    /// <summary>Out of how many the number is made, and what it leaves out.</summary>
    public required string Detail { get; init; }

    /// <summary>The same of the period before, of the same length.</summary>
    public double? Before { get; init; }

    public KpiTrend Trend { get; init; }
}

/// <param name="From">Included.</param>
/// <param name="To">Not included.</param>
public sealed record KpiPeriod(DateTimeOffset From, DateTimeOffset To)
{
    public TimeSpan Length => To - From;

    public double Weeks => Length / TimeSpan.FromDays(7);

    public KpiPeriod Before => new(From - Length, From);
}

/// <param name="Period">What it is about.</param>
/// <param name="TrailFrom">Where the audit trail begins; null: it holds nothing.</param>
/// <param name="Rows">In the specification's order, then ours.</param>
public sealed record KpiReport(KpiPeriod Period, DateTimeOffset? TrailFrom, ImmutableArray<Kpi> Rows);
