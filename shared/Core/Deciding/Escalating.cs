namespace Sophia.Keda.Reactor.Core;

/// <summary>An incident that nobody acknowledges goes to more channels, again and again, until somebody does or it is over.</summary>
internal static class Escalating
{
    public static void Update(Draft draft)
    {
        var policy = draft.Policy;
        if (policy.EscalationChannels.IsEmpty)
            return;
        foreach (var incident in draft.Panel.Incidents.Values.Where(i => i is { AcknowledgedBy: null, Pages: > 0 } && IncidentPages.SeverityOf(i.Cause) >= policy.EscalateAtLeast))
        {
            var due = incident.EscalatedAt is { } before ? before + policy.EscalateEvery : incident.OpenedAt + policy.EscalateAfter;
            if (draft.Now < due)
                continue;
            draft.Put(incident with { EscalatedAt = draft.Now });
            var silence = Words.Span(draft.Now - incident.OpenedAt);
            draft.Audit(
                AuditKind.Decision,
                Reason.Escalated,
                $"Nobody has acknowledged it for {silence}: it goes to {string.Join(", ", policy.EscalationChannels)} too",
                incident.Id);
            IncidentPages.Escalated(draft, incident.Id, silence);
        }
    }
}
