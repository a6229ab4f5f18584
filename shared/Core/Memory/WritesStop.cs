namespace Sophia.Keda.Reactor.Core;

/// <summary>The kill switch while it is on: nothing is written to the cluster.</summary>
public sealed record WritesStop
{
    public required DateTimeOffset At { get; init; }

    /// <summary>The name that was typed, or "policy".</summary>
    public required string By { get; init; }

    public required string Reason { get; init; }

    /// <summary>True when the policy (writes: stopped) has it on: only the policy lets it go.</summary>
    public bool ByPolicy { get; init; }

    /// <summary>"writes are stopped by ana since 02:14:05Z: drill".</summary>
    public string Words(DateTimeOffset now) => $"writes are stopped by {By} since {Core.Words.Clock(At, now)}: {Reason}";
}
