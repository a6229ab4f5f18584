namespace Sophia.Keda.Reactor.Core;

/// <summary>Marks of ours that were put back onto a target after their trip was over, as a manifest of that time does.</summary>
/// <param name="IncidentId">The incident that they name.</param>
/// <param name="TrippedAt">The trip that they tell of.</param>
/// <param name="OverAt">When that was over: the target was handed back, or the incident closed.</param>
/// <param name="Since">When they were first seen.</param>
public sealed record ReplayedMarks(string IncidentId, DateTimeOffset TrippedAt, DateTimeOffset OverAt, DateTimeOffset Since)
{
    public string Words() => $"old marks of {IncidentId}, over for it since {OverAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z, were put back";

    /// <summary>True while it is these that stand there.</summary>
    internal bool Are(TargetMemory? memory) => memory is not null && memory.IncidentId == IncidentId && memory.TrippedAt == TrippedAt;
}
