namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// When a "failed" event of KEDA's counts. An alert has waited for its own <c>for</c> before it is sent; an event has not: KEDA sends one at
/// the first failed reconcile, and many of those are over with the next. So it never trips on first sight.
/// </summary>
internal static class FailedEvents
{
    /// <summary>Why it counts now, or null while it does not.</summary>
    public static (Reason Reason, string Words)? Counts(Draft draft, AlertMemory memory, TargetId target)
    {
        if (draft.Seen is not { } seen || (seen.Targets.GetValueOrDefault(target) is { } view && Judging.CantWork(view) is not null))
            return null;

        // While KEDA itself shows a sign, a failing target is its symptom: the probe does not take it for more, and neither do we.
        if (draft.Panel.Windows.GetValueOrDefault(target) is { Failures: > 0 } window && Operators.Trouble(draft.Panel.Signs, seen, target, draft.Now) is null)
            return (Reason.EventConfirmed, $"the probe agrees: {window.FailingBecause}");
        var stood = draft.Now - (memory.StandsSince ?? memory.LastSeen);
        return stood >= draft.Policy.UnhealthyFor
            ? (Reason.EventStood, $"it has stood for {Words.Span(stood)} without an end")
            : null;
    }

    /// <summary>After a gap of our own, its end may be on its way still: the time that it must stand begins anew.</summary>
    public static void StartAnew(Draft draft)
    {
        if (!draft.Gap)
            return;
        foreach (var (fingerprint, memory) in draft.Panel.Alerts)
            if (memory is { Counts: true, StandsSince: not null })
                draft.Panel = draft.Panel with { Alerts = draft.Panel.Alerts.SetItem(fingerprint, memory with { StandsSince = draft.Now }) };
    }
}
