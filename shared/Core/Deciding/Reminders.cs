namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// An incident that needs a human is said again to whom it was said, until somebody acknowledges it or it is over: a page can be
/// overlooked, and nothing else would say it twice. PagerDuty calls the next person by itself; the other channels do not.
/// </summary>
internal static class Reminders
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(30);

    public static void Update(Draft draft)
    {
        foreach (var incident in draft.Panel.Incidents.Values.Where(i => i.AcknowledgedBy is null || i.HumanAskedAt is not null))
        {
            // Never paged: nothing could be overlooked. Observe-only: nothing was changed, so nothing waits for anybody.
            var asks = incident is { AcknowledgedBy: null, Pages: > 0, ObserveOnly: false }
                && !draft.Policy.ObserveOnly
                && draft.Policy.OnTrip.Contains(TripAction.SendAlert);
            var needs = asks ? HumanNeeds.Of(draft.Panel, incident, draft.Now) : [];
            if (needs.IsEmpty || incident.HumanAskedAt is not { } asked)
            {
                DateTimeOffset? first = needs.IsEmpty ? null : draft.Now; // the page about it goes out in this very run
                if (incident.HumanAskedAt != first)
                    draft.Put(incident with { HumanAskedAt = first });
                continue;
            }

            if (draft.Now - asked < Every || InMaintenance(draft, incident, needs))
                continue;
            draft.Put(incident with { HumanAskedAt = draft.Now });
            var why = Listed(needs.Select(need => need.Why));
            draft.Audit(AuditKind.Decision, Reason.HumanStillNeeded, $"Nobody has acknowledged it, so it is said again: {why}", incident.Id);
            IncidentPages.StillNeedsHuman(draft, incident.Id, why, string.Join(' ', needs.Select(need => need.Do).Distinct()));
        }
    }

    /// <summary>Whoever works on it is not called to it. What still needs somebody afterwards is said then.</summary>
    private static bool InMaintenance(Draft draft, Incident incident, IEnumerable<HumanNeed> needs)
    {
        var active = Maintaining.Active(draft);
        return !active.IsEmpty && needs.All(need => need.Target is { } target
            ? Maintenances.Over(active, target) is not null
            : Maintenances.Keeping(active, incident) is not null);
    }

    private static string Listed(IEnumerable<string> all)
    {
        const int most = 10;
        var why = all.ToList();
        return string.Join("; ", why.Take(most)) + (why.Count > most ? $"; and {why.Count - most} more" : "");
    }
}
