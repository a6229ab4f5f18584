namespace Sophia.Keda.Reactor.Core;

/// <summary>What the reactor does next for an incident, and when, in plain words.</summary>
public static class NextStep
{
    public static (string Words, DateTimeOffset? At) Of(Panel panel, Incident incident, Policy policy, DateTimeOffset now)
    {
        if (panel.WritesStop is { } stop)
            return ($"Nothing is written: {stop.Words()}. When writes are allowed again: {Of(panel with { WritesStop = null }, incident, policy, now).Words}", null);
        if (incident.Hold is { } hold)
            return ($"Nothing until a human releases it: held since {Core.Words.Clock(hold.At)} by {hold.By}: {hold.Words}", null);
        var recovery = incident.Recovery;
        var waves = Core.Words.Percent(policy.Waves);
        var path = $"{policy.VerifyProbes} good probes, one canary watched for {Core.Words.Span(policy.RecoveryTestPeriod)}, then waves of {waves}";
        if (incident.ObserveOnly)
            return ("Observe-only: it would keep them on the fallback while the evidence stands, and then give them back: " + path, null);
        switch (recovery.Stage)
        {
            case Stage.Tripped:
                if (Maintenances.Keeping(Maintenances.Active(panel, policy, now), incident) is { } window)
                    return ($"Stays on the fallback for the {window.Words}; then, once the evidence is gone: {path}", window.Until);
                var until = FirstEnd(incident);
                if (until is null && incident.Evidence.Values.Any(e => e is { Standing: true, Source: EvidenceSource.Human, Until: null }))
                    return ($"Stays on the fallback until a reset by hand; then {path}", null);
                return until is { } end
                    ? ($"Stays on the fallback until {Core.Words.Clock(end)}, then {path}", end)
                    : ($"Stays on the fallback while the evidence stands; once it is gone for {Core.Words.Span(policy.CooldownPeriod)}: {path}", null);
            case Stage.Cooldown:
                var due = Later(recovery.Since + policy.CooldownPeriod, recovery.NotBefore);
                return Closed(due) is { } shut
                    ? ($"Recovery {shut.Words}, if the evidence stays gone; then {path}", shut.Until)
                    : ($"At {Core.Words.Clock(due)}, if the evidence stays gone: {path}", due);
            case Stage.Verify:
                if (Closed(now) is { } closed)
                    return ($"Recovery {closed.Words}; then {path}", closed.Until);
                if (recovery.InconclusiveSince is { } moving)
                    return ($"Waiting for a target that stands still: each that could be the canary is scaling right now; held for a human at {Core.Words.Clock(moving + policy.InconclusiveTimeout)} if that lasts", moving + policy.InconclusiveTimeout);
                return ($"Verifying KEDA: {recovery.GoodProbes} of {policy.VerifyProbes} good probes; then the canary", null);
            case Stage.Canary or Stage.Wave:
                var name = recovery.Stage == Stage.Canary ? "the canary" : $"the {policy.Waves[Math.Clamp(recovery.Wave, 0, policy.Waves.Length - 1)]} % wave";
                var soak = recovery.Stage == Stage.Canary ? policy.RecoveryTestPeriod : policy.WaveSoak;
                return recovery.BatchBackAt is { } back
                    ? ($"Watching {name} until {Core.Words.Clock(back + soak)}; then the next wave{(Closed(back + soak) is { } later ? $", which {later.Words}" : "")}, or back on the fallback", back + soak)
                    : ($"Waiting for KEDA to take back {name} ({recovery.Batch.Count(panel.Targets.ContainsKey)} of {recovery.Batch.Length} left); then watching it for {Core.Words.Span(soak)}", null);
            case Stage.Closing:
                return ("Removing the last marks, then the incident closes", null);
            default:
                throw new System.Diagnostics.UnreachableException($"stage {recovery.Stage}");
        }

        (string Words, DateTimeOffset? Until)? Closed(DateTimeOffset at) => recovery.ByHand ? null : RecoveryHours.Closed(policy, at > now ? at : now);
    }

    /// <summary>When the first target may go back by itself: all that covers it has an end by then. Null when that is not known.</summary>
    private static DateTimeOffset? FirstEnd(Incident incident) => incident.Members
        .Where(m => m.Value.State == MemberState.Protected)
        .Select(m => incident.Evidence.Values.Where(e => e.Covers(m.Key)).ToList())
        .Where(over => over.Count > 0 && over.TrueForAll(e => e.Until is not null))
        .Select(over => over.Max(e => e.Until))
        .Min();

    private static DateTimeOffset Later(DateTimeOffset? one, DateTimeOffset? other) => one > other || other is null ? one!.Value : other.Value;
}
