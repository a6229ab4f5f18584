using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Follows each marked target by what is seen: on the way, there, disturbed by others, and back.</summary>
internal static class Phases
{
    public static void Update(Draft draft)
    {
        if (draft.Seen is not { } seen)
            return;
        Align(draft);
        foreach (var (id, tripped) in draft.Panel.Targets)
        {
            if (seen.Targets.GetValueOrDefault(id) is not { } view)
                continue; // unknown: it stays as it is
            if (tripped.Phase == Phase.HandingBack)
                Back(draft, tripped, view);
            else
                Away(draft, tripped, view);
        }

        FallbackTroubles.Tell(draft, seen);
        foreach (var incident in draft.Panel.Incidents.Values)
        {
            InPlace(draft, incident);
            Capacities.Tell(draft, draft.Incident(incident.Id));
        }
    }

    /// <summary>Turns targets round whose wish has changed: the incidents decide which way, the phase follows.</summary>
    public static void Align(Draft draft)
    {
        foreach (var tripped in draft.Panel.Targets.Values)
        {
            var away = draft.Panel.WantsFallback(tripped.Id);
            if (!away && tripped.Phase != Phase.HandingBack)
                draft.Put(tripped with { Phase = Phase.HandingBack, Since = draft.Now, HandbackSince = draft.Now, WakingSince = null, Problem = "" });
            else if (away && tripped.Phase == Phase.HandingBack)
                draft.Put(tripped with { Phase = Phase.Tripping, Since = draft.Now, HandbackSince = null, WakingSince = null, FallbackGoesFirst = false, Problem = "", RaisedSeen = 0, KedaGoneAt = null, Capacity = null, Lifted = null, ToldThere = false });
        }
    }

    private static void Away(Draft draft, TrippedTarget tripped, TargetView view)
    {
        if (LetGo(draft, tripped, view))
            return;
        tripped = CronsUnread.Follow(draft, Moved.Follow(draft, tripped, view), view);
        tripped = tripped with { RaisedSeen = Math.Min(tripped.Memory.Raised?.To ?? 0, Math.Max(tripped.RaisedSeen, Plan.Known(view) ?? 0)) };
        tripped = Capacities.Follow(draft, tripped, view);
        var incident = tripped.IncidentId;
        var held = HeldBy(tripped, view, out var reason);
        var pauseOfOthersEnded = tripped.HeldBecause.Length > 0 && held.Length == 0 && !Pauses.Stops(view);
        if (held != tripped.HeldBecause)
        {
            tripped = tripped with { HeldBecause = held };
            if (held.Length > 0)
            {
                draft.Audit(AuditKind.Decision, reason, $"{tripped.Id} is held: {held}", incident, tripped.Id);
                if (draft.Panel.Incidents.ContainsKey(incident))
                    IncidentPages.News(draft, incident, Severity.Warning, $"{tripped.Id} is held", $"{tripped.Id}: {held}.");
            }
        }

        if (pauseOfOthersEnded)
            tripped = FloorAnew(draft, tripped, view);
        if (draft.StoreDownSince is null && draft.Panel.WritesStop is null && !pauseOfOthersEnded && Disturbed(tripped, view, draft.Now) is { } disturbance)
            tripped = PutBack(draft, (Pauses.Stops(view) ? tripped : FloorAnew(draft, tripped, view)) with { ReturnedHpa = view.KedaHpa?.Uid ?? tripped.ReturnedHpa }, disturbance.Reason, disturbance.Words);
        var inPlace = Plan.For(tripped, view, draft.Policy, draft.Now) is null;
        if (inPlace && tripped.Phase == Phase.Tripping)
        {
            var there = tripped.Capacity is not { ThereSince: null };
            tripped = tripped with { Phase = Phase.OnFallback, Since = draft.Now, Problem = "", ToldThere = there };
            draft.Audit(AuditKind.Decision, Reason.FallbackInPlace, $"{tripped.Id} is on its fallback: {Plan.Describe(tripped, draft.Policy, draft.Now)}", incident, tripped.Id,
                facts: [("tripped", $"{tripped.Memory.TrippedAt:O}"), ("replicasThere", there ? "true" : "false")]);
        }

        draft.Put(Capacities.Note(draft, tripped, view));
    }

    /// <summary>KEDA had it for a moment, and what ran then is what the fallback begins with, as at the first time: what KEDA asked for must not fall away.</summary>
    private static TrippedTarget FloorAnew(Draft draft, TrippedTarget tripped, TargetView view) => Plan.Known(view) is not { } count ? tripped : tripped with
    {
        Memory = tripped.Memory with { Floor = Math.Clamp(count, 1, Math.Max(1, view.Max)), FloorUntil = draft.Now + draft.Policy.FloorPeriod },
    };

    /// <summary>
    /// Its owner says no: being deleted, opted out while on its fallback, or paused by somebody in the moment before our own pause.
    /// </summary>
    private static bool LetGo(Draft draft, TrippedTarget tripped, TargetView view)
    {
        var optedOut = view.Annotations.GetValueOrDefault(Annotations.OptOut) == "true";
        var untouched = !view.Annotations.ContainsKey(Annotations.Incident) && view.FallbackHpa is null && tripped.Phase == Phase.Tripping;
        var pause = untouched ? Pauses.ByOthers(view, weTripped: true) : null;
        if (!optedOut && pause is null && !view.Deleting)
            return false;
        var (reason, note) = view.Deleting ? (Reason.TargetLeftAloneDeleting, "it is being deleted, and its fallback goes with it")
            : optedOut ? (Reason.TargetLeftAloneOptedOut, $"opted out by {Annotations.OptOut}")
            : (Reason.TargetLeftAlonePausedByOthers, $"somebody else paused it ({pause})");
        foreach (var incident in draft.Panel.Incidents.Values.Where(i => i.Members.GetValueOrDefault(tripped.Id) is { State: MemberState.Protected }))
        {
            draft.SetMember(incident.Id, tripped.Id, MemberState.LeftAlone, reason, note);
            draft.Audit(AuditKind.Decision, reason, $"{tripped.Id} is left alone from now on: {note}", incident.Id, tripped.Id);
        }

        if (pause is not null)
            draft.Forget(tripped.Id);
        return true;
    }

    private static string HeldBy(TrippedTarget tripped, TargetView view, out Reason reason)
    {
        reason = Reason.PausedByOthersMeanwhile;
        if (Pauses.ByOthers(view, weTripped: true) is { } pause)
            return $"somebody else paused it meanwhile ({pause}); {(Pauses.Taken(view) is { } count ? $"KEDA holds it at {Words.Count(count, "replica")}, and the fallback HPA is away until that goes" : "the fallback stays until that goes")}";
        reason = Reason.ForeignHpaMeanwhile;
        return view.ForeignHpa is { } foreign ? $"HPA {foreign.Name}, neither KEDA's nor ours, appeared on its workload" : "";
    }

    private static (Reason Reason, string Words)? Disturbed(TrippedTarget tripped, TargetView view, DateTimeOffset now)
    {
        if (tripped.Phase == Phase.OnFallback && !Pauses.Stops(view))
            return (Reason.PausePutBack, $"our pause was removed by {LastWriter(tripped, view, now)}");

        // The HPA that stood there before is not meant, and one that came back counts once, however often it is seen.
        return view.KedaHpa is { } hpa
            && hpa.Uid != tripped.ReturnedHpa
            && Pauses.IsOurs(view)
            && (tripped.Phase == Phase.OnFallback || view.FallbackHpa is not null || hpa.CreatedAt > tripped.Memory.TrippedAt)
                ? (Reason.KedaHpaDeletedAgain, $"KEDA's HPA {hpa.Name} came back although the ScaledObject is paused")
                : null;
    }

    /// <summary>By the object's field managers. Whoever only takes away what is not its own leaves no trace there.</summary>
    private static string LastWriter(TrippedTarget tripped, TargetView view, DateTimeOffset now) => view.LastWriter is { } writer && writer.At >= tripped.Memory.TrippedAt.AddSeconds(-1)
        ? $"field manager {writer.Manager}, which wrote the ScaledObject {Words.Clock(writer.At, now)}"
        : "somebody whom the ScaledObject's field managers don't show";

    private static TrippedTarget PutBack(Draft draft, TrippedTarget tripped, Reason reason, string words)
    {
        var times = tripped.PutBacks.RemoveAll(t => draft.Now - t > draft.Policy.PutBackWindow).Add(draft.Now);
        tripped = tripped with { PutBacks = times, Phase = Phase.Tripping, Since = draft.Now };
        var healthy = draft.Seen is { } seen ? Operators.Sign(draft.Panel.Signs, seen, tripped.Id, draft.Now) is null : KedaHealth.OperatorSign(draft.Panel.Signs, draft.Now) is null;
        if (times.Length > draft.Policy.PutBacks && healthy)
        {
            var giveUp = $"{words}, {times.Length} times within {Words.Span(draft.Policy.PutBackWindow)}: given back to KEDA, whose operator is well; a human must find out who does this";
            foreach (var incident in draft.Panel.Incidents.Values)
            {
                if (incident.Members.GetValueOrDefault(tripped.Id)?.State != MemberState.Protected)
                    continue;
                draft.SetMember(incident.Id, tripped.Id, MemberState.LeftAlone, Reason.PutBacksExhausted, giveUp);
                draft.Audit(AuditKind.Decision, Reason.PutBacksExhausted, $"{tripped.Id}: {giveUp}", incident.Id, tripped.Id);
                IncidentPages.News(draft, incident.Id, Severity.Error, $"{tripped.Id} was given back to KEDA: others keep undoing its fallback", $"{tripped.Id}: {giveUp}.");
            }

            return tripped;
        }

        draft.Audit(AuditKind.Decision, reason, $"{tripped.Id}: {words}; put back ({times.Length} within {Words.Span(draft.Policy.PutBackWindow)})", tripped.IncidentId, tripped.Id);
        return tripped;
    }

    private static void Back(Draft draft, TrippedTarget tripped, TargetView view)
    {
        if (view.Deleting)
            return;
        if (Plan.For(tripped, view, draft.Policy, draft.Now) is null && (view.KedaHpa is not null || view.Replicas is null) && !view.OurHpas.Any() && !Pauses.IsOurs(view))
        {
            draft.Forget(tripped.Id);
            Replays.HandedBack(draft, tripped.Id);
            ForgetRescalesBefore(draft, tripped.Id, tripped.HandbackSince!.Value);
            draft.Audit(
                AuditKind.Decision,
                Reason.TargetHandedBack,
                $"{tripped.Id} is back with KEDA ({view.KedaHpa?.Name ?? "which has nothing to scale there"}) after {Words.Span(draft.Now - tripped.HandbackSince!.Value)}",
                tripped.IncidentId,
                tripped.Id);
            return;
        }

        // Measured: when the value was "" before, KEDA does not notice that the key is gone; "false" wakes it.
        var waited = draft.Now - tripped.HandbackSince!.Value;
        if (draft.Panel.WritesStop is null && tripped.WakingSince is null && view.KedaHpa is null && view.Replicas is not null && waited > Recovering.HandbackTimeout(draft, tripped.Id))
        {
            draft.Put(tripped with { WakingSince = draft.Now });
            draft.Audit(
                AuditKind.Decision,
                Reason.HandbackUnnoticed,
                $"KEDA has not made its HPA for {tripped.Id} again within {Words.Span(waited)} of un-pausing: setting {Annotations.Paused} to \"false\" to wake it",
                tripped.IncidentId,
                tripped.Id);
        }
    }

    /// <summary>What led to the trip has been answered; only what KEDA does from here on counts.</summary>
    private static void ForgetRescalesBefore(Draft draft, TargetId id, DateTimeOffset handedBack)
    {
        if (draft.Panel.Windows.TryGetValue(id, out var window))
        {
            var kept = window with { Rescales = window.Rescales.RemoveAll(r => r.At < handedBack) };
            draft.Panel = draft.Panel with { Windows = draft.Panel.Windows.SetItem(id, kept) };
        }
    }

    private static void InPlace(Draft draft, Incident incident)
    {
        if (incident.FallbackInPlaceAt is not null || incident.ObserveOnly)
            return;
        var wanted = incident.Members.Where(m => m.Value.State == MemberState.Protected).Select(m => m.Key).ToList();
        if (wanted.Count == 0 || !wanted.All(id => draft.Panel.Targets.GetValueOrDefault(id)?.Phase == Phase.OnFallback))
            return;
        draft.Put(incident with { FallbackInPlaceAt = draft.Now, ReplicasMissing = !Capacities.AllThere(draft, incident) });
        IncidentPages.InPlace(draft, incident.Id);
    }
}
