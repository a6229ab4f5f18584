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
        if (breaker.UnknownBecause is not null)
            return Unread(panel, seen, policy, breaker, id, now);
        var incidents = panel.Incidents.Values.Where(i => i.Members.ContainsKey(id) || i.Evidence.Values.Any(e => e.Reach.Covers(id))).OrderBy(i => i.OpenedAt).ToList();
        var suppressed = Suppressed(panel, policy, id, now).ToList();
        return new Explanation
        {
            Breaker = breaker,
            ObservedAt = seen.At,
            State = StateOf(breaker, seen.Targets[id], panel.Targets.GetValueOrDefault(id), ClosedNext.AnySign(panel, seen, policy, seen.Targets[id], now) || Judging.CantWork(seen.Targets[id]) is not null || Judging.NeverWorked(panel, seen.Targets[id]) is not null || suppressed.Count > 0),
            Evidence = [.. incidents.SelectMany(i => Seen(i, id)).Concat(suppressed).OrderByDescending(e => e.Standing).ThenBy(e => e.Since)],
            Decisions = [.. incidents.Where(i => i.Members.ContainsKey(id)).Select(i => Decided(i, id))],
            Applies = Applying.To(panel, policy, seen.Targets[id], now),
            Next = breaker.Next,
            NextAt = breaker.NextAt,
            WouldChange = [.. Core.WouldChange.Of(panel, seen, policy, breaker, id, now)],
            Limits = Limits(policy),
            LastProbe = LastProbe(panel, seen, policy, id, now),
        };
    }

    private static Explanation Unread(Panel panel, Observation seen, Policy policy, BreakerView breaker, TargetId id, DateTimeOffset now)
    {
        var incidents = panel.Incidents.Values.Where(i => i.Members.ContainsKey(id)).OrderBy(i => i.OpenedAt).ToList();
        return new Explanation
        {
            Breaker = breaker,
            ObservedAt = seen.At,
            State = $"{breaker.State} when it was last known; now it can't be read: {breaker.Why}",
            Evidence = [.. incidents.SelectMany(i => Seen(i, id)).OrderByDescending(e => e.Standing).ThenBy(e => e.Since)],
            Decisions = [.. incidents.Select(i => Decided(i, id))],
            Applies = [.. Applying.Everywhere(panel, policy, now)],
            Next = breaker.Next,
            WouldChange = ["Mending the object that can't be read: the next look takes it up"],
            Limits = Limits(policy),
            LastProbe = $"{(panel.LastProbeAt is { } at ? Words.Clock(at, now) : "none yet")}: it could not be read",
        };
    }

    private static string StateOf(BreakerView breaker, TargetView view, TrippedTarget? tripped, bool anySign)
    {
        var scaled = Scaled.Named(view);
        if (tripped is { Phase: Phase.OnFallback, Memory: { Action: FallbackAction.Cpu, ContainerBecause.Length: > 0 } } && view.FallbackHpa is not null)
            scaled += $", by {Plan.Watched(tripped.Memory)}";
        return breaker.State switch
        {
            BreakerState.Closed when breaker.Why.Length > 0 => $"Closed: {scaled}; {breaker.Why}",
            BreakerState.Closed => $"Closed: {(anySign ? "" : "nothing was seen; ")}{scaled}",
            BreakerState.Tripping => $"Tripping: on its way to the fallback; {breaker.Why}",
            BreakerState.Open => $"Open: on its fallback; {scaled}; {breaker.Why}",
            BreakerState.Testing => $"Testing: given back to KEDA, or on the way, and watched; {breaker.Why}",
            BreakerState.Held when tripped is null => $"Held: left alone until a human has removed what stands in the way; {scaled}; {breaker.Why}",
            BreakerState.Held when tripped.HeldBecause.Length > 0 => $"Held: it stays as it is while others hold it; {scaled}; {breaker.Why}",
            BreakerState.Held => $"Held: on its fallback until a human releases it; {scaled}; {breaker.Why}",
            _ => throw new System.Diagnostics.UnreachableException($"state {breaker.State}"),
        };
    }

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
            MemberState.Protected => $"{(incident.ObserveOnly ? "observe-only, would go " : "")}to its fallback for {Causes.Slug(incident.Cause)}",
            MemberState.HandedBack => "back to KEDA",
            MemberState.LeftAlone => "left alone",
            _ => throw new System.Diagnostics.UnreachableException($"member {member.State}"),
        };
        return new ExplainedDecision(incident.Id, incident.Cause, member.State, member.Reason, member.Note.Length > 0 ? $"{words}: {member.Note}" : words, member.Since);
    }

    private static string Limits(Policy policy) =>
        $"more than {policy.ScaleEventsPerMinute} rescales within 60 s, back and forth, or {policy.DirectionChangesIn5Min} changes of direction within 5 min; "
        + $"{policy.ConsecutiveFailures} failing probes in a row; KEDA's operator or metrics server away for more than {Words.Span(policy.UnhealthyFor)}; "
        + $"more than {policy.ErrorRatePercentage} % of the targets that can be judged failing at once, and at least {policy.ErrorRateMinimum}";

    private static string LastProbe(Panel panel, Observation seen, Policy policy, TargetId id, DateTimeOffset now)
    {
        var window = panel.Windows.GetValueOrDefault(id) ?? new ProbeWindow();
        var recent = window.Rescales.Where(r => now - r.At <= Oscillating.LongWindow).ToList();
        var moved = Oscillating.Numbers(recent) is { } numbers ? $"{Words.Count(recent.Count, "rescale")} within 5 min ({numbers} at most)" : recent.Count == 1 ? "1 rescale within 5 min" : "no rescale within 5 min";
        var failing = window.Failures == 0 ? "not failing" : $"{Words.Count(window.Failures, "failing probe")} in a row: {window.FailingBecause}";
        var keda = Operators.Trouble(panel.Signs, seen, id, now) ?? Operators.Well(panel.Signs, seen, seen.Targets[id]);
        return $"{(panel.LastProbeAt is { } at ? Words.Clock(at, now) : "none yet")}: {failing}, {moved}; {keda}; the next within {Words.Span(policy.HealthCheckInterval)}";
    }
}
