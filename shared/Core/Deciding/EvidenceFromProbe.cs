namespace Sophia.Keda.Reactor.Core;

/// <summary>What the probe's signs amount to now.</summary>
internal static class EvidenceFromProbe
{
    /// <summary>The evidence that the external metrics API leads to somebody else.</summary>
    public const string MetricsTaken = "probe/metrics-taken";

    private static readonly Selection Cluster = new(Scope.Cluster, null, null);

    public static IEnumerable<Found> Now(Draft draft)
    {
        if (draft.Seen is not { } seen || !draft.Policy.Enabled)
            return [];
        var signs = draft.Panel.Signs;
        var found = new List<Found>();
        var dead = Operators.Dead(draft);
        foreach (var keda in signs.Each())
        {
            if (Dead(draft, keda) is not { } sign)
                continue;
            found.Add(new(Cause.OperatorUnhealthy, Key(keda), EvidenceSource.Probe, Cluster, keda.NoReplicaSince ?? (keda.LeaseMoved ? keda.LeaseSeenSince : keda.NoMetricsSince) ?? draft.Now, sign)
            {
                Operator = keda.Name.Length == 0 ? null : keda.Name,
                Only = Operators.Only(draft, keda.Name, dead, Key(keda)),
            });
        }

        if (Lasting(draft, Cause.MetricsServerUnavailable, "probe/metrics-server", KedaHealth.DownSign(signs, draft.Now), KedaHealth.DownEvidence(signs, draft.Policy, draft.Now)) is { } down)
            found.Add(new(Cause.MetricsServerUnavailable, "probe/metrics-server", EvidenceSource.Probe, Cluster, signs.MetricsServerDownSince ?? draft.Now, down));
        if (Lasting(draft, Cause.MetricsServerUnavailable, MetricsTaken, KedaHealth.TakenSign(signs, draft.Now), KedaHealth.TakenEvidence(signs, draft.Policy, draft.Now)) is { } taken)
            found.Add(new(Cause.MetricsServerUnavailable, MetricsTaken, EvidenceSource.Probe, Cluster, signs.MetricsTakenSince ?? draft.Now, taken));

        // While KEDA itself shows a sign, failing targets are its symptom and not trouble of their own.
        if (!draft.IsProbe || (signs.Shards.IsEmpty && KedaHealth.Trouble(signs, seen, draft.Now) is not null))
            return found;
        var failing = Free(draft, seen).Where(w => w.Window.Failures >= draft.Policy.ConsecutiveFailures).ToList();
        if (ErrorRate(draft, seen, failing.Select(f => f.Id)) is { } share)
            found.Add(new(Cause.ErrorRate, "probe/error-rate", EvidenceSource.Probe, Cluster, failing.Min(f => f.Window.FailingSince) ?? draft.Now, share));
        else if (failing.Count > 0)
        {
            var atFault = Judging.AtFault(draft.Panel, seen);
            found.AddRange(failing.Where(f => Judging.NeverWorked(draft.Panel, seen.Targets[f.Id]) is null).Select(f => new Found(
                Cause.ScalerErrors,
                $"probe/failing/{f.Id}",
                EvidenceSource.Probe,
                One(f.Id),
                f.Window.FailingSince ?? draft.Now,
                $"{f.Id} failed {f.Window.Failures} probes in a row: {f.Window.FailingBecause}{(atFault.TryGetValue(f.Id, out var fault) ? OwnFault(f.Window, fault) : "")}")));
        }

        foreach (var (id, window) in Free(draft, seen))
            if (Oscillating.Judge(window.Rescales, draft.Policy, draft.Now) is { } numbers)
                found.Add(new(Cause.Oscillation, $"probe/oscillation/{id}", EvidenceSource.Probe, One(id), window.Rescales[0].At, $"{id} goes back and forth: {numbers}"));
        return found;
    }

    /// <summary>What the probe has against this operator: a sign that lasted, or that an incident stands on.</summary>
    public static string? Dead(Draft draft, OperatorSigns keda) => Lasting(
        draft, Cause.OperatorUnhealthy, Key(keda), KedaHealth.OperatorSign(draft.Panel.Signs, keda, draft.Now), KedaHealth.OperatorEvidence(draft.Panel.Signs, keda, draft.Policy, draft.Now));

    private static string Key(OperatorSigns keda) => keda.Name.Length == 0 ? "probe/operator" : $"probe/operator/{keda.Name}";

    private static string OwnFault(ProbeWindow window, string fault) =>
        window.FailingBecause.Contains(fault, StringComparison.Ordinal) ? "; its own configuration is at fault, not KEDA" : $"; its own configuration is at fault, not KEDA: {fault}";

    /// <summary>Evidence begins when the sign has lasted, and then stands as long as the sign does.</summary>
    private static string? Lasting(Draft draft, Cause cause, string key, string? sign, string? evidence)
    {
        return draft.Panel.Stands(cause, key) ? sign : evidence;
    }

    private static string? ErrorRate(Draft draft, Observation seen, IEnumerable<TargetId> failingNow)
    {
        var silent = Judging.Silent(draft.Panel, seen);
        var now = failingNow.Count(id => !silent.Contains(id));
        var already = draft.Panel.OpenIncident(Cause.ScalerErrors)?.Members.Count(m => m.Value.State == MemberState.Protected && !silent.Contains(m.Key) && !seen.IsUnknown(m.Key)) ?? 0;
        var failing = now + already;
        var all = seen.Targets.Keys.Count(id => !silent.Contains(id));
        return now > 0 && failing >= draft.Policy.ErrorRateMinimum && failing * 100 > all * draft.Policy.ErrorRatePercentage
            ? $"{failing} of {all} targets{(all < seen.Targets.Count ? " that can be judged" : "")} fail at once ({failing * 100 / all} %, limit {draft.Policy.ErrorRatePercentage} % and at least {draft.Policy.ErrorRateMinimum})"
            : null;
    }

    /// <summary>Targets that a KEDA that is well scales and that no open incident is testing: those are judged by its gate.</summary>
    private static IEnumerable<(TargetId Id, ProbeWindow Window)> Free(Draft draft, Observation seen) =>
        draft.Panel.Windows
            .Where(w => !seen.IsUnknown(w.Key) && (draft.Panel.Signs.Shards.IsEmpty || Operators.Trouble(draft.Panel.Signs, seen, w.Key, draft.Now) is null))
            .Where(w => !draft.Panel.Targets.ContainsKey(w.Key) && !draft.Panel.Incidents.Values.Any(i => i.Recovery.Batch.Contains(w.Key)))
            .Select(w => (w.Key, w.Value));

    internal static Selection One(TargetId id) => new(Scope.Target, id.Namespace, id.Name);
}
