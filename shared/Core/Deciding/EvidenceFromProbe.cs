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
        if (Lasting(draft, Cause.OperatorUnhealthy, "probe/operator", KedaHealth.OperatorSign(signs, draft.Now), KedaHealth.OperatorEvidence(signs, draft.Policy, draft.Now)) is { } dead)
            found.Add(new(Cause.OperatorUnhealthy, "probe/operator", EvidenceSource.Probe, Cluster, signs.NoReplicaSince ?? (signs.LeaseMoved ? signs.LeaseSeenSince : signs.NoMetricsSince) ?? draft.Now, dead));
        if (Lasting(draft, Cause.MetricsServerUnavailable, "probe/metrics-server", KedaHealth.DownSign(signs, draft.Now), KedaHealth.DownEvidence(signs, draft.Policy, draft.Now)) is { } down)
            found.Add(new(Cause.MetricsServerUnavailable, "probe/metrics-server", EvidenceSource.Probe, Cluster, signs.MetricsServerDownSince ?? draft.Now, down));
        if (Lasting(draft, Cause.MetricsServerUnavailable, MetricsTaken, KedaHealth.TakenSign(signs, draft.Now), KedaHealth.TakenEvidence(signs, draft.Policy, draft.Now)) is { } taken)
            found.Add(new(Cause.MetricsServerUnavailable, MetricsTaken, EvidenceSource.Probe, Cluster, signs.MetricsTakenSince ?? draft.Now, taken));

        // While KEDA itself shows a sign, failing targets are its symptom and not trouble of their own.
        if (KedaHealth.Trouble(signs, seen, draft.Now) is not null || !draft.IsProbe)
            return found;
        var failing = Free(draft).Where(w => w.Window.Failures >= draft.Policy.ConsecutiveFailures).ToList();
        if (ErrorRate(draft, seen, failing.Select(f => f.Id)) is { } share)
            found.Add(new(Cause.ErrorRate, "probe/error-rate", EvidenceSource.Probe, Cluster, failing.Min(f => f.Window.FailingSince) ?? draft.Now, share));
        else
            found.AddRange(failing.Select(f => new Found(
                Cause.ScalerErrors,
                $"probe/failing/{f.Id}",
                EvidenceSource.Probe,
                One(f.Id),
                f.Window.FailingSince ?? draft.Now,
                $"{f.Id} failed {f.Window.Failures} probes in a row: {f.Window.FailingBecause}")));
        foreach (var (id, window) in Free(draft))
            if (Oscillating.Judge(window.Rescales, draft.Policy, draft.Now) is { } numbers)
                found.Add(new(Cause.Oscillation, $"probe/oscillation/{id}", EvidenceSource.Probe, One(id), window.Rescales[0].At, $"{id} goes back and forth: {numbers}"));
        return found;
    }

    /// <summary>Evidence begins when the sign has lasted, and then stands as long as the sign does.</summary>
    private static string? Lasting(Draft draft, Cause cause, string key, string? sign, string? evidence)
    {
        var stands = draft.Panel.OpenIncident(cause)?.Evidence.GetValueOrDefault(key) is { Standing: true };
        return stands ? sign : evidence;
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

    /// <summary>Targets that KEDA scales and that no open incident is testing: those are judged by its gate.</summary>
    private static IEnumerable<(TargetId Id, ProbeWindow Window)> Free(Draft draft) =>
        draft.Panel.Windows
            .Where(w => draft.Seen?.IsUnknown(w.Key) != true)
            .Where(w => !draft.Panel.Targets.ContainsKey(w.Key) && !draft.Panel.Incidents.Values.Any(i => i.Recovery.Batch.Contains(w.Key)))
            .Select(w => (w.Key, w.Value));

    internal static Selection One(TargetId id) => new(Scope.Target, id.Namespace, id.Name);
}
