namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// A stretch of time that comes again and again: it begins by a cron expression on the wall clock of a zone, and ends by another one or
/// after a duration. <see cref="WindowTimes"/> evaluates it.
/// </summary>
public sealed record TimeWindow
{
    /// <summary>A cron expression of five fields.</summary>
    public required string Start { get; init; }

    /// <summary>A cron expression too; null when <see cref="Duration"/> says when it ends. Just one of the two is set.</summary>
    public string? End { get; init; }

    /// <summary>Real time from the start, whatever the clocks are set to meanwhile. Positive.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>IANA name such as Europe/Berlin.</summary>
    public required string Zone { get; init; }
}
