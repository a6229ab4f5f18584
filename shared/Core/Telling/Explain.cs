using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Explains one target from what the panel remembers and what was last seen. It reads, and decides nothing.</summary>
public static class Explain
{
    /// <summary>Null when there is no such ScaledObject.</summary>
    public static Explanation? Of(Panel panel, Observation seen, Policy policy, TargetId id, DateTimeOffset now)
    {
        if (Breakers.One(panel, seen, policy, id) is not { } breaker)
            return null;
        var incidents = panel.Incidents.Values.Where(i => i.Members.ContainsKey(id) || i.Evidence.Values.Any(e => e.Reach.Covers(id))).OrderBy(i => i.OpenedAt).ToList();
        var next = breaker is { State: BreakerState.Closed, UnknownBecause: null } ? Waiting(panel, policy, id, now) : (Words: breaker.Next, At: breaker.NextAt);
        return new Explanation
        {
            Breaker = breaker,
            ObservedAt = seen.At,
            State = StateOf(breaker, moved: panel.Targets.ContainsKey(id)),
            Evidence = [.. incidents.SelectMany(i => Seen(i, id)).Concat(Suppressed(panel, policy, id, now)).OrderByDescending(e => e.Standing).ThenBy(e => e.Since)],
            Decisions = [.. incidents.Where(i => i.Members.ContainsKey(id)).Select(i => Decided(i, id))],
            Applies = Applying.To(panel, policy, id, now),
            Next = next.Words,
            NextAt = next.At,
            WouldChange = [.. Changes(panel, policy, breaker, id, now)],
            Limits = Limits(policy),
            LastProbe = LastProbe(panel, seen, policy, id, now),
        };
    }

    private static string StateOf(BreakerView breaker, bool moved) => breaker.State switch
    {
        _ when breaker.UnknownBecause is not null => $"{breaker.State} when it was last known; now it can't be read: {breaker.Why}",
        BreakerState.Closed when breaker.Why.Length > 0 => $"Closed: {breaker.Autoscaler} scales it; {breaker.Why}",
        BreakerState.Closed => $"Closed: nothing was seen; {breaker.Autoscaler} scales it",
        BreakerState.Tripping => $"Tripping: on its way to the fallback; {breaker.Why}",
        BreakerState.Open => $"Open: on its fallback, scaled by {breaker.Autoscaler}; {breaker.Why}",
        BreakerState.Testing => $"Testing: given back to KEDA, or on the way, and watched; {breaker.Why}",
        BreakerState.Held when !moved => $"Held: left alone until a human has removed what stands in the way; scaled by {breaker.Autoscaler}; {breaker.Why}",
        BreakerState.Held => $"Held: on its fallback until a human lets it go, scaled by {breaker.Autoscaler}; {breaker.Why}",
        _ => throw new System.Diagnostics.UnreachableException($"state {breaker.State}"),
    };

    private static IEnumerable<ExplainedEvidence> Seen(Incident incident, TargetId id) => incident.Evidence.Values
        .Where(e => e.Reach.Covers(id))
        .Select(e => new ExplainedEvidence(incident.Id, incident.Cause, e.What, e.Since, e.LastSeen, e.EndedAt, e.Covers(id)));

    private static IEnumerable<ExplainedEvidence> Suppressed(Panel panel, Policy policy, TargetId id, DateTimeOffset now)
    {
        var over = Maintenances.Active(panel, policy, now).Where(window => window.Selection.Covers(id)).Select(window => window.Id).ToHashSet(StringComparer.Ordinal);
        return panel.Suppressed.Values
            .Where(s => over.Contains(s.Window) && s.Reach.Covers(id))
            .Select(s => new ExplainedEvidence(null, s.Cause, $"{s.What} (noted by maintenance {s.Window})", s.FirstSeen, s.LastSeen, null, now - s.LastSeen <= policy.LongestGap));
    }

    private static ExplainedDecision Decided(Incident incident, TargetId id)
    {
        var member = incident.Members[id];
        var words = member.State switch
        {
            MemberState.Protected => $"to its fallback for {Causes.Slug(incident.Cause)}",
            MemberState.HandedBack => "back to KEDA",
            MemberState.LeftAlone => "left alone",
            _ => throw new System.Diagnostics.UnreachableException($"member {member.State}"),
        };
        return new ExplainedDecision(incident.Id, incident.Cause, member.State, member.Reason, member.Note.Length > 0 ? $"{words}: {member.Note}" : words, member.Since);
    }

    /// <summary>What a target that KEDA scales waits for: signs that would trip it if they stay.</summary>
    private static (string Words, DateTimeOffset? At) Waiting(Panel panel, Policy policy, TargetId id, DateTimeOffset now)
    {
        if (!policy.Enabled || Maintenances.Over(Maintenances.Active(panel, policy, now), id) is not null)
            return ("Nothing: KEDA scales it", null);
        if (panel.Incidents.Values.Any(i => i.Members.GetValueOrDefault(id) is { State: MemberState.LeftAlone }))
            return ("Nothing while it is left alone: KEDA scales it", null);
        if (panel.Windows.GetValueOrDefault(id) is { Failures: > 0 } window && panel.LastProbeAt is { } probe)
        {
            var due = probe + policy.HealthCheckInterval * Math.Max(1, policy.ConsecutiveFailures - window.Failures);
            return ($"It trips for scaler-errors at {policy.ConsecutiveFailures} failing probes in a row ({window.Failures} so far: {window.FailingBecause})", due);
        }

        if ((KedaHealth.OperatorSign(panel.Signs, now) ?? KedaHealth.MetricsServerSign(panel.Signs)) is { } sign)
            return ($"It trips when this has lasted {Words.Span(policy.UnhealthyFor)}: {sign}", KedaHealth.NextDue(panel.Signs, policy, now));
        return ("Nothing: KEDA scales it", null);
    }

    private static IEnumerable<string> Changes(Panel panel, Policy policy, BreakerView breaker, TargetId id, DateTimeOffset now)
    {
        if (panel.WritesStop is { } stop)
            yield return stop.ByPolicy ? "Allowing writes in the policy (writes: allowed, mode: act)" : "Allowing writes: POST /api/kill-switch with off";
        if (breaker.UnknownBecause is not null)
            yield return "Mending the object that can't be read: the next look takes it up";
        if (breaker.State == BreakerState.Closed)
            yield return "Evidence over a limit, or a trip by hand: POST /api/breakers/trip";
        else if (breaker.State == BreakerState.Held && !panel.Targets.ContainsKey(id))
            yield return "The end of the incident, or of what stands in the way; nothing is on a fallback that could be reset";
        else
            yield return "A reset by hand gives it back, gradually or at once, and no window or maintenance binds it: POST /api/breakers/reset";
        foreach (var incident in panel.Incidents.Values.Where(i => i.Members.GetValueOrDefault(id) is { State: not MemberState.LeftAlone }))
        {
            if (incident.Hold is not null)
                yield return $"An operator's release of the hold: POST /api/incidents/{incident.Id}/release";
            else if (breaker.State != BreakerState.Closed)
                yield return $"A hold stops its recovery: POST /api/incidents/{incident.Id}/hold";
            if (incident.Evidence.Values.Any(e => e.Covers(id)))
                yield return $"The end of the evidence, and then {Words.Span(policy.CooldownPeriod)} without it";
        }

        if (panel.Targets.GetValueOrDefault(id) is { HeldBecause.Length: > 0 } held)
            yield return $"The end of this: {held.HeldBecause}";
        if (Maintenances.Over(Maintenances.Active(panel, policy, now), id) is { } window)
            yield return window.By == "policy" ? $"The end of the maintenance, at {Words.Clock(window.Until ?? now)}" : $"The end of the maintenance: POST /api/maintenance/{window.Id}/end";
    }

    private static string Limits(Policy policy) =>
        $"more than {policy.ScaleEventsPerMinute} rescales within 60 s, back and forth, or {policy.DirectionChangesIn5Min} changes of direction within 5 min; "
        + $"{policy.ConsecutiveFailures} failing probes in a row; KEDA's operator or metrics server away for more than {Words.Span(policy.UnhealthyFor)}; "
        + $"more than {policy.ErrorRatePercentage} % of all targets failing at once, and at least {policy.ErrorRateMinimum}";

    private static string LastProbe(Panel panel, Observation seen, Policy policy, TargetId id, DateTimeOffset now)
    {
        var window = panel.Windows.GetValueOrDefault(id) ?? new ProbeWindow();
        var recent = window.Rescales.Where(r => now - r.At <= Oscillating.LongWindow).ToList();
        var moved = Oscillating.Numbers(recent) is { } numbers ? $"{Words.Count(recent.Count, "rescale")} within 5 min ({numbers} at most)" : recent.Count == 1 ? "1 rescale within 5 min" : "no rescale within 5 min";
        var failing = window.Failures == 0 ? "not failing" : $"{Words.Count(window.Failures, "failing probe")} in a row: {window.FailingBecause}";
        var keda = KedaHealth.Trouble(panel.Signs, seen, now) ?? "KEDA looks healthy";
        return $"{(panel.LastProbeAt is { } at ? Words.Clock(at) : "none yet")}: {failing}, {moved}; {keda}; the next within {Words.Span(policy.HealthCheckInterval)}";
    }
}
