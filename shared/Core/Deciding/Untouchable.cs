namespace Sophia.Keda.Reactor.Core;

/// <summary>What others have said or done about a target, so that nobody's trouble lets us touch it.</summary>
internal static class Untouchable
{
    /// <summary>Why it may not be touched, or null.</summary>
    /// <param name="panel">Where it is known as tripped, a pause with our mark beside it is ours.</param>
    /// <param name="view">The target as it is seen.</param>
    public static (Reason Reason, string Note)? Of(Panel panel, TargetView view)
    {
        if (view.Annotations.GetValueOrDefault(Annotations.OptOut) == "true")
            return (Reason.TargetLeftAloneOptedOut, $"opted out by {Annotations.OptOut}");
        if (view.Deleting)
            return (Reason.TargetLeftAloneDeleting, "it is being deleted");
        if (view.Replicas is null)
            return (Reason.TargetLeftAloneNoWorkload, Judging.CantWork(view)!);
        var weTripped = panel.Targets.ContainsKey(view.Id);
        if (!weTripped && Pauses.IsOurs(view) && panel.Replayed.TryGetValue(view.Id, out var old))
            return (Reason.TargetLeftAlonePausedByOthers, $"{old.Words()} with their pause");
        if (Pauses.ByOthers(view, weTripped) is { } pause)
            return (Reason.TargetLeftAlonePausedByOthers, $"somebody else paused it ({pause}){(view.MemoryProblem.Length > 0 ? $"; its marks look like ours and are not to be believed: {view.MemoryProblem}" : "")}");
        return view.ForeignHpa is { } foreign
            ? (Reason.TargetLeftAloneForeignHpa, $"HPA {foreign.Name}, neither KEDA's nor ours, is on its workload")
            : null;
    }

    /// <summary>True when it scales on CPU or memory only, which works without KEDA's operator and metrics server.</summary>
    public static bool NeedsNoKeda(TargetView view) => view.Triggers.Length > 0 && view.Triggers.All(t => t.Type is "cpu" or "memory");
}
