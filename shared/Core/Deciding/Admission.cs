using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Decides for each target that evidence covers whether it is moved or left alone, and remembers what it was.</summary>
internal static class Admission
{
    public static void Update(Draft draft)
    {
        if (draft.Seen is not { } seen)
            return;
        foreach (var id in draft.Panel.Incidents.Keys)
        {
            DropGone(draft, id, seen);
            Admit(draft, id, seen);
        }

        ForgetGone(draft, seen);
    }

    private static void DropGone(Draft draft, string incidentId, Observation seen)
    {
        var incident = draft.Incident(incidentId);
        foreach (var target in incident.Members.Keys)
        {
            var here = seen.Targets.TryGetValue(target, out var view);
            var reborn = here && draft.Panel.Targets.TryGetValue(target, out var tripped) && tripped.Uid != view!.Uid;
            if (here && !reborn)
                continue;
            incident = incident with
            {
                Members = incident.Members.Remove(target),
                Recovery = incident.Recovery with { Batch = incident.Recovery.Batch.Remove(target) },
            };
            draft.Audit(AuditKind.Decision, Reason.TargetGone, reborn
                ? $"{target} was deleted and made again: the new object is judged anew"
                : $"{target} is gone: its fallback goes with it", incidentId, target);
        }

        draft.Put(incident);
    }

    private static void ForgetGone(Draft draft, Observation seen)
    {
        foreach (var (id, tripped) in draft.Panel.Targets)
            if (!seen.Targets.TryGetValue(id, out var view) || view.Uid != tripped.Uid)
                draft.Forget(id);
    }

    private static void Admit(Draft draft, string incidentId, Observation seen)
    {
        var incident = draft.Incident(incidentId);
        var isNew = incident.Pages == 0;
        var covered = seen.Targets.Values
            .Where(v => incident.Evidence.Values.Any(e => e.Covers(v.Id)))
            .Where(v => incident.Members.GetValueOrDefault(v.Id) is not { State: MemberState.Protected or MemberState.HandedBack } and not { Reason: Reason.PutBacksExhausted })
            // Critical targets first: they get replicas while the cap lasts.
            .OrderByDescending(v => v.Max).ThenBy(v => v.Id)
            .ToList();
        foreach (var view in covered)
            AdmitOne(draft, incidentId, view, seen);

        incident = draft.Incident(incidentId);
        foreach (var (target, member) in incident.Members)
            if (member.State == MemberState.Protected && !draft.Panel.Targets.ContainsKey(target) && !draft.Policy.ObserveOnly
                && seen.Targets[target] is { Replicas: not null, Deleting: false } view)
                Trip(draft, incident, view);
        if (isNew)
            IncidentPages.Tripped(draft, incidentId, seen);
    }

    private static void AdmitOne(Draft draft, string incidentId, TargetView view, Observation seen)
    {
        var incident = draft.Incident(incidentId);
        var before = incident.Members.GetValueOrDefault(view.Id);
        if (LeaveAlone(draft, incident, view, seen) is { } alone)
        {
            if (before?.Reason == alone.Reason)
                return;
            draft.SetMember(incidentId, view.Id, MemberState.LeftAlone, alone.Reason, alone.Note);
            draft.Audit(AuditKind.Decision, alone.Reason, $"{view.Id} is left alone: {alone.Note}", incidentId, view.Id);
            return;
        }

        draft.SetMember(incidentId, view.Id, MemberState.Protected, Reason.TargetTripped, "");
        draft.Audit(
            AuditKind.Decision,
            Reason.TargetTripped,
            $"{view.Id} {(draft.Policy.ObserveOnly ? "would trip (observe-only)" : "trips")} for {Causes.Slug(incident.Cause)}",
            incidentId,
            view.Id);
    }

    private static (Reason Reason, string Note)? LeaveAlone(Draft draft, Incident incident, TargetView view, Observation seen)
    {
        if (view.Annotations.GetValueOrDefault(Annotations.OptOut) == "true")
            return (Reason.TargetLeftAloneOptedOut, $"opted out by {Annotations.OptOut}");
        if (view.Deleting)
            return (Reason.TargetLeftAloneDeleting, "it is being deleted");
        if (view.Replicas is null)
            return (Reason.TargetLeftAloneNoWorkload, $"its {view.Workload.Kind} {view.Workload.Name} does not exist");
        var ours = draft.Panel.Targets.ContainsKey(view.Id);
        if (Pauses.ByOthers(view, ours) is { } pause)
            return (Reason.TargetLeftAlonePausedByOthers, $"somebody else paused it ({pause})");
        if (view.ForeignHpa is { } foreign)
            return (Reason.TargetLeftAloneForeignHpa, $"HPA {foreign.Name}, neither KEDA's nor ours, is on its workload");
        if (Causes.SparesResourceTriggers(incident.Cause) && view.Triggers.Length > 0 && view.Triggers.All(t => t.Type is "cpu" or "memory"))
            return (Reason.TargetLeftAloneResourceTriggersOnly, "it scales on CPU or memory only, which works without KEDA");
        if (incident.Cause is not Cause.Manual && Causes.ScopeOf(incident.Cause) == Scope.Target && !ours)
        {
            var moved = draft.Panel.Incidents.Values
                .Where(i => i.Cause != Cause.Manual && Causes.ScopeOf(i.Cause) == Scope.Target)
                .SelectMany(i => i.Members.Where(m => m.Value.State == MemberState.Protected).Select(m => m.Key))
                .Distinct()
                .Count();
            var most = Math.Max(1, seen.Targets.Count * draft.Policy.BlastRadiusPercent / 100);
            if (moved + 1 > most)
            {
                return (Reason.TargetLeftAloneBlastRadius,
                    $"{moved} of {seen.Targets.Count} targets are tripped already and blast_radius_percent is {draft.Policy.BlastRadiusPercent}: a human must decide");
            }
        }

        return null;
    }

    private static void Trip(Draft draft, Incident incident, TargetView view)
    {
        var memory = TripMemory.Of(draft, incident, view);
        draft.Put(new TrippedTarget
        {
            Id = view.Id,
            Uid = view.Uid,
            IncidentId = incident.Id,
            Phase = Phase.Tripping,
            Since = draft.Now,
            Memory = memory,
        });
        if (memory.ActionBecause.Length > 0)
            draft.Audit(AuditKind.Decision, TripMemory.ReasonOf(memory), $"{view.Id}: {memory.ActionBecause}", incident.Id, view.Id);
    }
}
