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
            DropGone(draft, id, seen);
        ForgetGone(draft, seen);
        foreach (var id in draft.Panel.Incidents.Keys)
            Admit(draft, id, seen);
    }

    private static void DropGone(Draft draft, string incidentId, Observation seen)
    {
        var incident = draft.Incident(incidentId);
        foreach (var target in incident.Members.Keys.Where(id => !seen.IsUnknown(id)))
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
            if (!seen.IsUnknown(id) && (!seen.Targets.TryGetValue(id, out var view) || view.Uid != tripped.Uid))
                draft.Forget(id);
    }

    private static void Admit(Draft draft, string incidentId, Observation seen)
    {
        var incident = draft.Incident(incidentId);
        var isNew = !incident.TripTold;
        var before = incident.Members;
        var covered = Maintaining.Spare(draft, incident, CriticalFirst(seen.Targets.Values
            .Where(v => incident.Evidence.Values.Any(e => e.Covers(v.Id)))
            .Where(v => MayBeAdmitted(incident.Members.GetValueOrDefault(v.Id)))));
        foreach (var view in covered)
            AdmitOne(draft, incidentId, view, seen);
        Mark(draft, incidentId, seen);
        if (isNew)
            IncidentPages.Tripped(draft, incidentId, seen);
        else
            IncidentPages.Joined(draft, incidentId, before);
    }

    /// <summary>
    /// Writes down what becomes of members that are to be on their fallback and carry no marks of ours yet: new ones, and those that
    /// were back with KEDA and are put back. What happened to them since decides again whether they may be touched.
    /// </summary>
    public static void Mark(Draft draft, string incidentId, Observation seen)
    {
        if (draft.Policy.ObserveOnly)
            return;
        var unmarked = CriticalFirst(draft.Incident(incidentId).Members
            .Where(m => m.Value.State == MemberState.Protected && !draft.Panel.Targets.ContainsKey(m.Key))
            .Select(m => seen.Targets.GetValueOrDefault(m.Key))
            .OfType<TargetView>()); // one that can't be read now waits for the look that reads it
        foreach (var view in unmarked.ToList())
        {
            if (Untouchable.Of(draft.Panel, view) is { } alone)
                Leave(draft, incidentId, view.Id, alone);
            else
                Trip(draft, draft.Incident(incidentId), view);
        }
    }

    /// <summary>Critical targets first: they get replicas while the cap lasts, and fallbacks while the blast radius does.</summary>
    private static IEnumerable<TargetView> CriticalFirst(IEnumerable<TargetView> views) => views.OrderByDescending(v => v.Max).ThenBy(v => v.Id);

    /// <summary>Not those that are in already, and not those whose fallback did not work out: they stay with KEDA while this incident lasts.</summary>
    private static bool MayBeAdmitted(Member? member) => member is null
        || (member.State == MemberState.LeftAlone && member.Reason is not (Reason.PutBacksExhausted or Reason.FallbackRefused));

    private static void AdmitOne(Draft draft, string incidentId, TargetView view, Observation seen)
    {
        var incident = draft.Incident(incidentId);
        var before = incident.Members.GetValueOrDefault(view.Id);
        if (LeaveAlone(draft, incident, view, seen) is { } alone)
        {
            if (before?.Reason != alone.Reason)
                Leave(draft, incidentId, view.Id, alone);
            return;
        }

        draft.SetMember(incidentId, view.Id, MemberState.Protected, Reason.TargetTripped, "");
        if (incident.Evidence.Values.FirstOrDefault(e => e.Raised is not null && e.Covers(view.Id))?.Raised is { } raised)
            Raising.Raise(draft, incidentId, view.Id, raised with { To = Math.Clamp(raised.To, 1, Math.Max(1, view.Max)) });
        if (incident.Cause == Cause.Manual && draft.Panel.Targets.GetValueOrDefault(view.Id) is { Phase: Phase.HandingBack } back)
            TurnRound(draft, draft.Incident(incidentId), view, back);
        draft.Audit(
            AuditKind.Decision,
            Reason.TargetTripped,
            $"{view.Id} {(draft.Policy.ObserveOnly ? "would trip (observe-only)" : "trips")} for {Causes.Slug(incident.Cause)}",
            incidentId,
            view.Id);
    }

    private static void Leave(Draft draft, string incidentId, TargetId target, (Reason Reason, string Note) alone)
    {
        draft.SetMember(incidentId, target, MemberState.LeftAlone, alone.Reason, alone.Note);
        draft.Audit(AuditKind.Decision, alone.Reason, $"{target} is left alone: {alone.Note}", incidentId, target);
    }

    private static (Reason Reason, string Note)? LeaveAlone(Draft draft, Incident incident, TargetView view, Observation seen)
    {
        if (Untouchable.Of(draft.Panel, view) is { } untouchable)
            return untouchable;
        if (Causes.SparesResourceTriggers(incident.Cause) && Untouchable.NeedsNoKeda(view))
            return (Reason.TargetLeftAloneResourceTriggersOnly, "it scales on CPU or memory only, which works without KEDA");
        if (incident.Cause is not Cause.Manual && Causes.ScopeOf(incident.Cause) == Scope.Target && !draft.Panel.Targets.ContainsKey(view.Id))
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

    /// <summary>On its way back already when it is ordered away anew: what it is to be from now on, this order says, and no longer the one before.</summary>
    private static void TurnRound(Draft draft, Incident incident, TargetView view, TrippedTarget back)
    {
        draft.Forget(view.Id);
        Trip(draft, incident, view, TripMemory.Of(draft, incident, view) with { PriorPaused = back.Memory.PriorPaused });
    }

    private static void Trip(Draft draft, Incident incident, TargetView view) => Trip(draft, incident, view, TripMemory.Of(draft, incident, view));

    private static void Trip(Draft draft, Incident incident, TargetView view, TargetMemory memory)
    {
        draft.Trip(new TrippedTarget
        {
            Id = view.Id,
            Uid = view.Uid,
            IncidentId = incident.Id,
            Phase = Phase.Tripping,
            Since = draft.Now,
            Memory = memory,
            CronUnread = CronsUnread.Of(memory, view),
        });
        CronsUnread.Note(draft, draft.Panel.Targets[view.Id]);
        if (memory.ActionBecause.Length > 0)
            draft.Audit(AuditKind.Decision, TripMemory.ReasonOf(memory), $"{view.Id}: {memory.ActionBecause}", incident.Id, view.Id);
    }
}
