namespace Sophia.Keda.Reactor.Core;

/// <summary>What a target that is on no fallback waits for: signs that would trip it if they stay, or nothing, and why.</summary>
internal static class ClosedNext
{
    public static (string Words, DateTimeOffset? At) Of(Panel panel, Observation seen, Policy policy, TargetView view, DateTimeOffset now)
    {
        if (panel.Incidents.Values.Any(i => i.Members.GetValueOrDefault(view.Id) is { State: MemberState.LeftAlone }))
            return ($"Nothing while it is left alone: {Scaled.Words(view)}", null);
        if (Untouchable.Of(panel, view) is { } untouchable)
            return ($"Nothing moves it: {untouchable.Note}", null);
        if (panel.BlindSince is not null)
            return ("Nothing while the cluster can't be seen", null);
        if (!policy.Enabled || Maintenances.Over(Maintenances.Active(panel, policy, now), view.Id) is not null || Sign(panel, seen, policy, view, now) is not { } sign)
            return ((Judging.CantWork(view) ?? Judging.NeverWorked(panel, view)) is { } why ? $"Nothing while it can't work as it is written: {why}" : $"Nothing: {Scaled.Words(view)}", null);
        var unwritten = policy.ObserveOnly ? ". Observe-only: nothing is written"
            : panel.WritesStop is { } stop ? $". Nothing is written then: {stop.Words(now)}"
            : "";
        return ($"It {(policy.ObserveOnly ? "would trip" : "trips")} {sign.When}{unwritten}", sign.Due);
    }

    /// <summary>True when something is seen of it, or of KEDA, that would trip it if it stays.</summary>
    public static bool AnySign(Panel panel, Observation seen, Policy policy, TargetView view, DateTimeOffset now) => Sign(panel, seen, policy, view, now) is not null;

    private static (string When, DateTimeOffset? Due)? Sign(Panel panel, Observation seen, Policy policy, TargetView view, DateTimeOffset now)
    {
        if (panel.Windows.GetValueOrDefault(view.Id) is { Failures: > 0 } window && panel.LastProbeAt is { } probe && Judging.NeverWorked(panel, view) is null)
        {
            var due = probe + policy.HealthCheckInterval * Math.Max(1, policy.ConsecutiveFailures - window.Failures);
            return ($"for scaler-errors at {policy.ConsecutiveFailures} failing probes in a row ({window.Failures} so far: {window.FailingBecause})", due);
        }

        return !Untouchable.NeedsNoKeda(view) && (Operators.Sign(panel.Signs, seen, view.Id, now) ?? KedaHealth.MetricsServerSign(panel.Signs, now)) is { } sign
            ? ($"when this has lasted {Words.Span(policy.UnhealthyFor)}: {sign}", KedaHealth.NextDue(panel.Signs, policy, now))
            : null;
    }
}
