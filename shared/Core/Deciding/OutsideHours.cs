namespace Sophia.Keda.Reactor.Core;

/// <summary>Keeps the next canary or wave back until a window of the policy opens, and tells people once until when.</summary>
internal static class OutsideHours
{
    public static bool Waits(Draft draft, string incidentId)
    {
        var incident = draft.Incident(incidentId);
        var recovery = incident.Recovery;
        if (recovery.ByHand || RecoveryHours.Closed(draft.Policy, draft.Now) is not { } closed)
            return false;
        var until = closed.Until ?? DateTimeOffset.MaxValue;
        if (recovery.ToldWindow == until)
            return true;
        Recovering.Enter(draft, incident, recovery with { ToldWindow = until });
        draft.Audit(AuditKind.Decision, Reason.RecoveryWaitsForWindow, $"Recovery {closed.Words}", incidentId);
        IncidentPages.News(draft, incidentId, Severity.Info, "Recovery " + closed.Words, "The evidence is gone and KEDA answers; by policy (recovery.windows, recovery.except) nothing goes back by itself now.");
        return true;
    }
}
