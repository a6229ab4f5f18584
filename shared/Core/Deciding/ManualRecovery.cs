using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Recovery that a human must let begin, by the policy of the cause: from the start, or once trips repeat. The incident is held in the usual
/// way, so that a release lets it go on; whoever released it is not asked again about the same targets.
/// </summary>
internal static class ManualRecovery
{
    private const string By = "policy";

    /// <summary>The hold that an incident of this cause is opened with, or null. Its first page says so already.</summary>
    public static Hold? FromStart(Draft draft, Cause cause) =>
        draft.Policy.RecoveryOf(cause) == RecoveryMode.Manual && !draft.Policy.ObserveOnly
            ? new Hold(Reason.HeldByHuman, By, $"recovery from {Causes.Slug(cause)} is manual (recovery.causes): an operator must release it", draft.Now)
            : null;

    public static void Update(Draft draft)
    {
        if (draft.Policy.ObserveOnly)
            return;
        foreach (var incident in draft.Panel.Incidents.Values.Where(i => !i.Left))
            if (draft.Policy.RecoveryOf(incident.Cause) == RecoveryMode.ManualAfterRepeats)
                Ask(draft, incident);
    }

    private static void Ask(Draft draft, Incident incident)
    {
        if (Causes.ScopeOf(incident.Cause) == Scope.Cluster && !incident.AskedAbout.IsEmpty)
            return;
        var repeated = Repeats.Tripped(incident)
            .Where(id => !incident.AskedAbout.Contains(id))
            .Select(id => (Target: id, Trips: Counting(incident.Cause, Repeats.Of(draft, incident, id))))
            .Where(t => t.Trips.Length >= draft.Policy.ManualAfter)
            .ToList();
        if (repeated.Count == 0)
            return;
        var (target, trips) = repeated[0];
        draft.Put(incident with { AskedAbout = incident.AskedAbout.Union(repeated.Select(r => r.Target)) });
        var which = Causes.ScopeOf(incident.Cause) == Scope.Cluster ? "it" : $"{target}";
        var more = repeated.Count > 1 ? $" ({repeated.Count - 1} more likewise)" : "";
        var words = $"{which} tripped {trips.Length} times for {Causes.Slug(incident.Cause)} within {Words.Span(draft.Policy.RepeatWindow)}{more}: {Said(incident.Cause, trips[^1].Seen)}; an operator must release it";
        var before = incident.Hold;

        // HeldAfterAttempts is what readers of the version before know; the audit has the reason's own name.
        if (before is null)
            draft.Put(draft.Incident(incident.Id) with { Hold = new Hold(Reason.HeldAfterAttempts, By, words, draft.Now) });
        draft.Audit(AuditKind.Decision, Reason.HeldAfterRepeats, $"Recovery is held: {words}", incident.Id, target, By, ("trips", $"{trips.Length}"), ("first", $"{trips[0].At:O}"));
        IncidentPages.News(draft, incident.Id, Severity.Error, before is null ? "Recovery is held: a human must decide" : "Still held: a human must decide", $"{words}.");
    }

    private static ImmutableArray<PastTrip> Counting(Cause cause, ImmutableArray<PastTrip> trips) =>
        cause == Cause.ScalerErrors ? trips.RemoveAll(t => !ConfigurationFault.Reads(t.Seen)) : trips;

    private static string Said(Cause cause, string seen) => cause switch
    {
        Cause.Oscillation => $"its triggers conflict: {seen}",
        Cause.ScalerErrors => $"its trigger can't work as it is configured: {seen}",
        _ => seen,
    };
}
