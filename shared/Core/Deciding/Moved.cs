namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// A fallback whose ground has changed: its ScaledObject scales another workload now, or a stranger has taken the name of its HPA before it was
/// made. What it is to be is judged anew.
/// </summary>
internal static class Moved
{
    public static TrippedTarget Follow(Draft draft, TrippedTarget tripped, TargetView view)
    {
        // A new workload that is not there yet can't be judged; until it is, everything stays as it is.
        var moved = view.Workload != tripped.Memory.Workload;
        var taken = tripped.Memory.Action == FallbackAction.Cpu && view is { FallbackHpa: null, NamesakeElsewhere.Owner: not HpaOwner.Reactor };
        if ((!moved && !taken) || view.Replicas is null || Holder(draft, tripped) is not { } incident)
            return tripped;
        draft.Forget(tripped.Id); // what it has added already is its own to spend again
        var anew = TripMemory.Of(draft, incident, view) with
        {
            IncidentId = tripped.Memory.IncidentId,
            TrippedAt = tripped.Memory.TrippedAt,
            PriorPaused = tripped.Memory.PriorPaused,
            Until = tripped.Memory.Until,
        };
        var words = moved
            ? $"the ScaledObject scales {view.Workload} now, and no longer {tripped.Memory.Workload}: its fallback goes along" + (anew.ActionBecause.Length > 0 ? $" ({anew.ActionBecause})" : "")
            : anew.ActionBecause;
        draft.Audit(AuditKind.Decision, moved ? Reason.TargetMoved : Reason.FrozenNameTaken, $"{tripped.Id}: {words}", incident.Id, tripped.Id);
        IncidentPages.News(
            draft,
            incident.Id,
            Severity.Warning,
            moved ? $"{tripped.Id} has another workload" : $"{tripped.Id} is frozen",
            $"{tripped.Id}: {words}.{(moved ? $" {tripped.Memory.Workload} has no autoscaler any more, as without the reactor." : "")}");
        return tripped with { Memory = anew, Phase = Phase.Tripping, Since = draft.Now, ToldNotScaling = false, ShortSince = null, ToldShort = false, ToldAtZero = false };
    }

    /// <summary>The incident that tripped it, or one that has it on its fallback still when that one is over.</summary>
    private static Incident? Holder(Draft draft, TrippedTarget tripped) => draft.Panel.Incidents.GetValueOrDefault(tripped.IncidentId)
        ?? draft.Panel.Incidents.Values.FirstOrDefault(i => i.Members.GetValueOrDefault(tripped.Id)?.State == MemberState.Protected);
}
