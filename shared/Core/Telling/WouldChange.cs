namespace Sophia.Keda.Reactor.Core;

/// <summary>What would change a target's state: only what would, and each order only where it would be taken.</summary>
internal static class WouldChange
{
    public static IEnumerable<string> Of(Panel panel, Observation seen, Policy policy, BreakerView breaker, TargetId id, DateTimeOffset now)
    {
        if (panel.WritesStop is { } stop)
            yield return stop.ByPolicy ? "Allowing writes in the policy (writes: allowed, mode: act)" : "Allowing writes: POST /api/kill-switch with off";
        var tripped = panel.Targets.GetValueOrDefault(id);
        var window = Maintenances.Over(Maintenances.Active(panel, policy, now), id);
        if (breaker.State == BreakerState.Closed)
            yield return Tripping(panel, policy, seen.Targets[id], window);
        else if (breaker.State == BreakerState.Held && tripped is null)
            yield return "The end of the incident, or of what stands in the way; nothing is on a fallback that could be reset";
        else if (Reset(panel, seen, id, now) is { } reset)
            yield return reset;
        foreach (var incident in panel.Incidents.Values.Where(i => Moves(panel, i, id)))
        {
            if (incident.Hold is not null)
                yield return $"An operator's release of the hold: POST /api/incidents/{incident.Id}/release";
            else if (breaker.State != BreakerState.Closed)
                yield return $"A hold stops its recovery: POST /api/incidents/{incident.Id}/hold";
            var covering = incident.Evidence.Values.Where(e => e.Covers(id)).ToLookup(e => e.Source == EvidenceSource.Human);
            if (covering[true].Any() && covering[true].All(e => e.Until is not null))
                yield return $"The end of the trip by hand, at {Words.Clock(covering[true].Max(e => e.Until)!.Value, now)}";
            if (covering[false].Any())
                yield return $"The end of the evidence, and then {Words.Span(policy.CooldownPeriod)} without it";
        }

        if (tripped is { Phase: not Phase.HandingBack, HeldBecause: "" })
            yield return "More replicas until it is back with KEDA: POST /api/breakers/trip with min";
        if (tripped is { HeldBecause.Length: > 0 })
            yield return $"The end of this: {tripped.HeldBecause}";
        if (window is not null)
            yield return window.By == "policy" ? $"The end of the maintenance, at {Words.Clock(window.Until ?? now, now)}" : $"The end of the maintenance: POST /api/maintenance/{window.Id}/end";
    }

    /// <summary>False for a target that is back with KEDA for good, whose incident goes on for others.</summary>
    private static bool Moves(Panel panel, Incident incident, TargetId id) => incident.Members.GetValueOrDefault(id) is { State: not MemberState.LeftAlone } member
        && (member.State == MemberState.Protected || (incident.Recovery.Batch.Contains(id) && !panel.WantsFallback(id)));

    private static string Tripping(Panel panel, Policy policy, TargetView view, MaintenanceWindow? window)
    {
        if (Untouchable.Of(panel, view) is { } untouchable)
        {
            return panel.Replayed.ContainsKey(view.Id) && Pauses.IsOurs(view) && !policy.ObserveOnly
                ? $"A reset by hand takes marks and pause away: POST /api/breakers/reset; or the end of this: {untouchable.Note}"
                : $"The end of this: {untouchable.Note}";
        }

        if (!policy.Enabled)
            return "Enabling the breaker in the policy (enabled: true)";
        if (policy.ObserveOnly)
            return "Acting instead of observing, in the policy (mode: act): until then a trip, by evidence or by hand, is told and nothing moves";
        return window is not null
            ? "A trip by hand: POST /api/breakers/trip"
            : "Evidence over a limit, or a trip by hand: POST /api/breakers/trip";
    }

    /// <summary>What a reset would do now; null when there is nothing that it could give back.</summary>
    private static string? Reset(Panel panel, Observation seen, TargetId id, DateTimeOffset now)
    {
        var holding = panel.Incidents.Values.Where(i => i.Members.GetValueOrDefault(id) is { State: MemberState.Protected }).ToList();
        if (holding.Count == 0 || panel.Targets.GetValueOrDefault(id) is { HeldBecause.Length: > 0 })
            return null;
        if (panel.BlindSince is not null)
            return "A reset by hand once the cluster can be seen again: POST /api/breakers/reset";
        if (Operators.Trouble(panel.Signs, seen, id, now) is { } trouble)
            return $"A reset by hand once KEDA is well: POST /api/breakers/reset, refused while {trouble}";
        var how = holding.Exists(i => i.Hold is not null && i.Members.Any(m => m.Key != id && m.Value.State == MemberState.Protected))
            ? "at once, with mode immediate (gradually would need the release of the hold first)"
            : "gradually or at once";
        var when = panel.WritesStop is null ? "" : "; it is carried out when writes are allowed again";
        return $"A reset by hand gives it back, {how}, and no window or maintenance binds it: POST /api/breakers/reset{when}";
    }
}
