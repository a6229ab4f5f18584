namespace Sophia.Keda.Reactor.Core;

/// <summary>What the reactor does next for an incident, and when, in plain words.</summary>
public static class NextStep
{
    /// <param name="panel">What is remembered.</param>
    /// <param name="incident">One of its incidents.</param>
    /// <param name="policy">The rules.</param>
    /// <param name="now">The time.</param>
    /// <param name="of">The one target that it is told of; for a page, which tells of all, none.</param>
    public static (string Words, DateTimeOffset? At) Of(Panel panel, Incident incident, Policy policy, DateTimeOffset now, TargetId? of = null) => panel.WritesStop is { } stop
        ? ($"Nothing is written: {stop.Words(now)}. When writes are allowed again: {Step(panel, incident, policy, now, of, stopped: true).Words}", null)
        : Step(panel, incident, policy, now, of, stopped: false);

    private static (string Words, DateTimeOffset? At) Step(Panel panel, Incident incident, Policy policy, DateTimeOffset now, TargetId? of, bool stopped)
    {
        var underWay = of is { } one && incident.Recovery.Batch.Contains(one); // A batch is finished and judged, whatever is held meanwhile.
        if (incident.Hold is { } hold && !underWay)
            return ($"Nothing until a human releases it: held since {Core.Words.Clock(hold.At, now)} by {hold.By}: {hold.Words}", null);
        if (of is { } its && panel.Targets.GetValueOrDefault(its) is { HeldBecause.Length: > 0 } held)
            return ($"Nothing until this is over: {held.HeldBecause}", null);
        var recovery = incident.Recovery;
        var path = $"{policy.VerifyProbes} good probes, one canary watched for {Core.Words.Span(policy.RecoveryTestPeriod)}, then waves of {Core.Words.Percent(policy.Waves)}";
        if (incident.ObserveOnly)
            return ("Observe-only: it would keep them on the fallback while the evidence stands, and then give them back: " + path, null);
        if (of is { } target && incident.Members.GetValueOrDefault(target) is { State: MemberState.Protected } && Kept(panel, incident, policy, now, target, path) is { } kept)
            return kept;
        var moved = Recovering.AnyProtected(incident);
        switch (recovery.Stage)
        {
            case Stage.Tripped when moved && incident.Left:
                return Retried(incident, policy, now);
            case Stage.Tripped when moved && OthersHold(panel, incident) is { } others:
                return ($"Nothing until others let go: {others}", null);
            case Stage.Tripped when !moved:
                return Unmoved(incident, policy);
            case Stage.Tripped:
                if (Maintenances.Keeping(Maintenances.Active(panel, policy, now), incident) is { } window)
                    return For(window, path);
                return FirstEnd(incident) is { } end
                    ? Until(end, path, now)
                    : Standing(incident.Evidence.Values.Where(e => e.Standing), policy, path);
            case Stage.Cooldown:
                var due = Later(recovery.Since + policy.CooldownPeriod, recovery.NotBefore);
                var gone = incident.Cause == Cause.Manual ? "" : ", if the evidence stays gone"; // an order that is over does not come back
                if (!moved)
                    return ($"At {Core.Words.Clock(due, now)}{gone}, it closes: nothing is on a fallback for it", due);
                if (Closed(due) is { } shut)
                    return ($"Recovery {shut.Words}{gone}; then {path}", shut.Until);
                return (stopped && due <= now, gone.Length > 0) switch
                {
                    (true, true) => ($"If the evidence stays gone: {path}", null),
                    (true, false) => ($"Recovery: {path}", null),
                    _ => ($"At {Core.Words.Clock(due, now)}{gone}: {path}", due),
                };
            case Stage.Verify:
                if (Closed(now) is { } closed)
                    return ($"Recovery {closed.Words}; then {path}", closed.Until);
                if (recovery.InconclusiveSince is { } moving)
                    return ($"Waiting for a target that stands still: each that could be the canary is scaling right now; held for a human at {Core.Words.Clock(moving + policy.InconclusiveTimeout, now)} if that lasts", moving + policy.InconclusiveTimeout);
                return ($"Verifying KEDA: {recovery.GoodProbes} of {policy.VerifyProbes} good probes; then the canary", null);
            case Stage.Canary or Stage.Wave:
                return Watching(of is { } waits && incident.Members.GetValueOrDefault(waits) is { State: MemberState.Protected } && !recovery.Batch.Contains(waits));
            case Stage.Closing:
                return ("Removing the last marks, then the incident closes", null);
            default:
                throw new System.Diagnostics.UnreachableException($"stage {recovery.Stage}");
        }

        (string Words, DateTimeOffset? Until)? Closed(DateTimeOffset at) => recovery.ByHand ? null : RecoveryHours.Closed(policy, at > now ? at : now);

        (string Words, DateTimeOffset? At) Watching(bool waits)
        {
            var name = recovery.Stage == Stage.Canary ? "the canary" : $"the {policy.Waves[Math.Clamp(recovery.Wave, 0, policy.Waves.Length - 1)]} % wave";
            var soak = recovery.Stage == Stage.Canary ? policy.RecoveryTestPeriod : policy.WaveSoak;
            if (recovery.BatchBackAt is not { } back)
            {
                if (waits)
                    return ($"Its turn comes after {name}, which KEDA is to take back now", null);
                var left = $"{recovery.Batch.Count(panel.Targets.ContainsKey)} of {recovery.Batch.Length} left";
                var more = incident.Hold is null ? "" : ", and nothing more until a human releases it";
                return ($"Waiting for KEDA to take back {name} ({left}); then watching it for {Core.Words.Span(soak)}{more}", null);
            }

            // What was under way when writes were stopped is watched from its beginning again.
            var (until, at) = stopped ? ($"anew for {Core.Words.Span(soak)}", (DateTimeOffset?)null) : ($"until {Core.Words.Clock(back + soak, now)}", back + soak);
            if (waits)
                return ($"Its turn comes after {name}, which is watched {until}", at);
            var then = incident.Hold is not null ? "then nothing more until a human releases it"
                : !moved ? "then the incident closes"
                : Closed(back + soak) is { } later ? $"then the next wave, which {later.Words}"
                : "then the next wave";
            return ($"Watching {name} {until}; {then}, or back on the fallback", at);
        }
    }

    /// <summary>What keeps one target on its fallback whatever the others do; null when nothing does.</summary>
    private static (string Words, DateTimeOffset? At)? Kept(Panel panel, Incident incident, Policy policy, DateTimeOffset now, TargetId target, string path)
    {
        if (incident.Members[target] is { RetryAt: { } retry } member && retry > now)
            return ($"Stays on its fallback: {Core.Words.Count(member.Failures, "hand-back")} failed; tried again at {Core.Words.Clock(retry, now)}, once KEDA shows {policy.VerifyProbes} good probes", retry);
        if (!incident.Recovery.ByHand && Maintenances.Over(Maintenances.Active(panel, policy, now), target) is { } window)
            return For(window, path);
        var covering = incident.Evidence.Values.Where(e => e.Covers(target)).ToList();
        return covering.Count == 0 ? null
            : covering.TrueForAll(e => e.Until is not null) ? Until(covering.Max(e => e.Until)!.Value, path, now)
            : Standing(covering, policy, path);
    }

    private static (string Words, DateTimeOffset? At) For(MaintenanceWindow window, string path) =>
        ($"Stays on the fallback for the {window.Words}; then, once the evidence is gone: {path}", window.Until);

    private static (string Words, DateTimeOffset? At) Until(DateTimeOffset end, string path, DateTimeOffset now) => ($"Stays on the fallback until {Core.Words.Clock(end, now)}, then {path}", end);

    private static (string Words, DateTimeOffset? At) Standing(IEnumerable<Evidence> evidence, Policy policy, string path) => evidence.Any(EndsByHand)
        ? ($"Stays on the fallback until a reset by hand; then {path}", null)
        : ($"Stays on the fallback while the evidence stands; once it is gone for {Core.Words.Span(policy.CooldownPeriod)}: {path}", null);

    /// <summary>What was left on its fallback: the first whose own wait is over.</summary>
    private static (string Words, DateTimeOffset? At) Retried(Incident incident, Policy policy, DateTimeOffset now)
    {
        var (target, member) = incident.Members.Where(m => m.Value.State == MemberState.Protected).MinBy(m => m.Value.RetryAt);
        return member.RetryAt is { } at && at > now
            ? ($"At {Core.Words.Clock(at, now)} {target} is tried again, once KEDA shows {policy.VerifyProbes} good probes; each waits longer after every try that fails, {Core.Words.Span(policy.LongestWait)} at most", at)
            : ($"{target} is tried again once KEDA shows {policy.VerifyProbes} good probes and nothing else keeps it on its fallback", null);
    }

    /// <summary>Why each moved target stays where it is, once no evidence keeps it there; null while one could go back.</summary>
    private static string? OthersHold(Panel panel, Incident incident)
    {
        var held = incident.Members.Where(m => m.Value.State == MemberState.Protected)
            .Select(m => (m.Key, panel.Targets.GetValueOrDefault(m.Key)?.HeldBecause ?? "")).ToList();
        return incident.Evidence.Values.Any(e => e.Standing) || held.Exists(h => h.Item2.Length == 0) ? null
            : held is [var (id, because)] ? $"{id}: {because}"
            : $"{Core.Words.Count(held.Count, "target")} are held by somebody's pause or HPA";
    }

    /// <summary>Every target was left alone, or is gone.</summary>
    private static (string Words, DateTimeOffset? At) Unmoved(Incident incident, Policy policy) => incident.Evidence.Values.Any(e => e.Standing && EndsByHand(e))
        ? ("Nothing is on a fallback for it; it closes after a reset by hand", null)
        : ($"Nothing is on a fallback for it; it closes once the evidence is gone for {Core.Words.Span(policy.CooldownPeriod)}", null);

    internal static bool EndsByHand(Evidence evidence) => evidence is { Source: EvidenceSource.Human, Until: null };

    /// <summary>When the first target may go back by itself: all that covers it has an end by then. Null when that is not known.</summary>
    private static DateTimeOffset? FirstEnd(Incident incident) => incident.Members
        .Where(m => m.Value.State == MemberState.Protected)
        .Select(m => incident.Evidence.Values.Where(e => e.Covers(m.Key)).ToList())
        .Where(over => over.Count > 0 && over.TrueForAll(e => e.Until is not null))
        .Select(over => over.Max(e => e.Until))
        .Min();

    private static DateTimeOffset Later(DateTimeOffset? one, DateTimeOffset? other) => one > other || other is null ? one!.Value : other.Value;
}
