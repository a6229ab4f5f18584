using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Why replicas don't come up. By events and the Deployment's condition: pods themselves are never read.</summary>
internal static class ShortageReader
{
    /// <summary>The scheduler tells again within this time as long as a pod waits.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(6);

    /// <summary>A pod that could not even be made (a quota is used up): the Deployment says so itself.</summary>
    public static string OfCondition(WorkloadDto? workload) =>
        Conditions.Find(workload?.Status?.Conditions, "ReplicaFailure") is { IsTrue: true } failure ? Words.Cut($"{failure.Reason}: {failure.Message}") : "";

    /// <summary>The latest word of scheduler or controller about a pod of this workload; empty when there is none.</summary>
    public static string OfEvents(TargetView view, IEnumerable<EventDto> ofNamespace, DateTimeOffset now)
    {
        var latest = ofNamespace
            .Where(e => Concerns(view.Workload, e.InvolvedObject) && now - Time(e) < Fresh)
            .MaxBy(Time);
        return latest is null ? "" : Words.Cut($"{latest.Reason}: {latest.Message}");
    }

    private static DateTimeOffset Time(EventDto e) => e.Series?.LastObservedTime ?? e.LastTimestamp ?? e.EventTime ?? e.FirstTimestamp ?? DateTimeOffset.UnixEpoch;

    /// <summary>By the names that the controllers give: name-hash for a ReplicaSet, name-hash-suffix or name-ordinal for a pod.</summary>
    private static bool Concerns(WorkloadRef workload, ScaleTargetRefDto? involved)
    {
        if (involved is not { Kind: { } kind, Name: { } name })
            return false;
        if (kind == workload.Kind && name == workload.Name)
            return true;
        if (!name.StartsWith(workload.Name + "-", StringComparison.Ordinal))
            return false;
        var rest = name[(workload.Name.Length + 1)..].Split('-');
        return (kind, workload.Kind) switch
        {
            ("Pod", "StatefulSet") => rest is [var ordinal] && ordinal.All(char.IsAsciiDigit),
            ("Pod", _) => rest is [{ Length: <= 10 }, { Length: 5 }],
            ("ReplicaSet", _) => rest is [{ Length: <= 10 }],
            _ => false,
        };
    }
}
