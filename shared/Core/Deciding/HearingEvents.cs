namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Takes KEDA's events into memory, one for each ScaledObject. They come in any order and more than once (Event Grid repeats for a day and
/// keeps no order; KEDA's HTTP sender repeats under a new id and time), so the time in the event decides: what is older than the newest is
/// stale, the same again is a repeat.
/// </summary>
internal static class HearingEvents
{
    public static void Take(Draft draft, AlertSignal heard)
    {
        var known = draft.Panel.Alerts.GetValueOrDefault(heard.Fingerprint);
        if (!draft.Policy.Enabled)
            Hearing.Judge(draft, heard, false, Reason.BreakerDisabled, "the breaker is disabled in this environment (enabled: false)");
        else if (known?.LatestAt is { } latest && heard.StartsAt < latest)
            Hearing.Judge(draft, heard, false, Reason.AlertStale, $"it is of {Words.Clock(heard.StartsAt, draft.Now)}, and one of {Words.Clock(latest, draft.Now)} about the same target is known");
        else if (draft.Now - heard.StartsAt > draft.Policy.EvidenceExpires)
            Hearing.Judge(draft, heard, false, Reason.AlertStale, $"it tells of {Words.Span(draft.Now - heard.StartsAt)} ago: what lasts, KEDA repeats");
        else if (heard.AlertName == KedaEventTypes.Unpaused)
            Hearing.Judge(draft, heard, true, Reason.EventNoted, $"{Named(heard)} is no longer paused; that is no evidence of anything");
        else if (heard.AlertName == KedaEventTypes.Paused && PauseIsOurs(draft, heard))
            Hearing.Judge(draft, heard, true, Reason.EventNoted, $"the pause of {Named(heard)} is our own: it proves nothing about the trouble");
        else if (heard.Firing)
            Failed(draft, heard, known);
        else
            Over(draft, heard, known);
    }

    private static void Failed(Draft draft, AlertSignal heard, AlertMemory? known)
    {
        if (known?.LatestAt == heard.StartsAt)
        {
            Hearing.Judge(draft, heard, known.Alert.Firing, Reason.AlertDuplicate, "this very event is known", known.Alert.Firing ? Hearing.Incident(draft, heard) : null);
            return;
        }

        var target = Hearing.Target(draft, heard, out var refusal);
        if (refusal is { } why)
        {
            Hearing.Judge(draft, heard, false, why.Reason, why.Because);
            return;
        }

        if (known is { Counts: true })
        {
            // Told again at each of KEDA's tries: it has stood since the first of them.
            var repeated = known with { Alert = known.Alert with { Summary = heard.Summary }, LastSeen = draft.Now, LatestAt = heard.StartsAt, Target = target ?? known.Target };
            Hearing.Remember(draft, repeated);
            Hearing.Judge(draft, heard, true, Reason.AlertDuplicate, $"{Named(heard)} is known to fail and still does", Hearing.Incident(draft, heard));
            return;
        }

        Hearing.Remember(draft, new AlertMemory { Alert = heard, LastSeen = draft.Now, LatestAt = heard.StartsAt, StandsSince = heard.ReceivedAt, Target = target });
        if (target is { } id && EvidenceFromAlerts.CoveredBy(draft, heard.Cause, id) is { } holder)
            Hearing.Judge(draft, heard, true, Reason.AlertNoted, $"KEDA says that {id} fails: {heard.Summary}; it is on its fallback already, for {Causes.Slug(holder.Cause)}", holder.Id);
        else
            Hearing.Judge(draft, heard, true, Reason.EventWaits, $"KEDA says that {Named(heard)} fails: {heard.Summary}. It counts when it has stood for {Words.Span(draft.Policy.UnhealthyFor)}, or as soon as the probe sees it failing too");
    }

    /// <summary>Ready, removed, or paused by others. Kept although nothing was failing: an older "failed" may still be on its way.</summary>
    private static void Over(Draft draft, AlertSignal heard, AlertMemory? known)
    {
        if (known?.LatestAt == heard.StartsAt && !known.Alert.Firing)
        {
            Hearing.Judge(draft, heard, false, Reason.AlertDuplicate, "this very event is known");
            return;
        }

        Hearing.Remember(draft, new AlertMemory { Alert = heard, LastSeen = draft.Now, LatestAt = heard.StartsAt, Target = known?.Target });
        if (known is { Alert.Firing: true })
            Hearing.Judge(draft, heard, true, Reason.AlertResolved, $"{heard.AlertName} ends what was known of {Named(heard)}", Hearing.Incident(draft, heard));
        else
            Hearing.Judge(draft, heard, true, Reason.EventNoted, $"{heard.AlertName} of {Named(heard)}, which was not known to fail");
    }

    /// <summary>A resolve that our own pause caused proves nothing.</summary>
    private static bool PauseIsOurs(Draft draft, AlertSignal heard)
    {
        var id = new TargetId(heard.Namespace!, heard.ScaledObject!);
        return draft.Panel.Targets.ContainsKey(id)
            || (draft.Seen?.Targets.GetValueOrDefault(id) is { } view && Pauses.IsOurs(view));
    }

    private static string Named(AlertSignal heard) => $"{heard.Namespace}/{heard.ScaledObject}";
}
