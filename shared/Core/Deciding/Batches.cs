using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>The canary and the waves: a batch goes back to KEDA, is watched, and passes its gate or is put back.</summary>
internal static class Batches
{
    /// <summary>Of each target, after its new HPA's first sync, before the batch it is in can pass.</summary>
    private const int GoodProbes = 2;

    public static void StartCanary(Draft draft, Incident incident, Observation seen)
    {
        if (!draft.Policy.OnRecovery.Contains(RecoveryAction.TestSingleScaler))
        {
            StartNextWave(draft, incident, from: 0);
            return;
        }

        if (Candidates(draft, incident, seen).Find(v => v.Replicas is not null) is not { } first)
        {
            StartNextWave(draft, incident, from: 0); // what has no workload shows nothing of KEDA
            return;
        }

        if (Waves.Moves(first))
        {
            const string moves = "it is scaling right now, and every other that could be the canary too";
            if (WaitsTooLong(draft, incident) && incident.Hold is null)
                PuttingBack.Hold(draft, incident.Id, Reason.HeldInconclusive, "reactor", $"{first.Id} can't be judged: {moves}");
            return;
        }

        var canary = first.Id;
        StartBatch(draft, incident, Stage.Canary, wave: -1, [canary]);
        draft.Audit(AuditKind.Decision, Reason.CanaryStarted, $"Canary: {canary} goes back to KEDA and is watched for {Words.Span(draft.Policy.RecoveryTestPeriod)}", incident.Id, canary);
        if (!incident.Left) // Tried again and again: what becomes of it is the news.
            IncidentPages.News(draft, incident.Id, Severity.Info, $"KEDA answers: testing with {canary}", $"{Known(draft, incident)} {canary} goes back to it first.");
    }

    /// <summary>What was seen, and no more: while everything that could fail is paused, nothing shows whether its source answers.</summary>
    private static string Known(Draft draft, Incident incident) =>
        $"KEDA's operator and metrics server answered {Words.Count(draft.Policy.VerifyProbes, "probe")} in a row. "
        + (Stragglers.KedaWorks(draft, incident) ? "It scales others; whether the sources of what is paused answer, the canary will show."
            : "It scales nothing now that could fail: whether the sources answer, the canary will show.");

    /// <summary>What is left of the batch is well, or none of it is left: the next wave, unless a human or the hours say otherwise.</summary>
    public static void GoOn(Draft draft, string incidentId)
    {
        var incident = draft.Incident(incidentId);
        var recovery = incident.Recovery;

        // Behind a hold or closed hours much time may pass: what is back stays there, and KEDA is verified and a canary goes first again.
        if (incident.Hold is not null || (!Recovering.Eligible(draft, incident).IsEmpty && OutsideHours.Waits(draft, incidentId)))
        {
            Recovering.Enter(draft, incident, draft.Incident(incidentId).Recovery with
            {
                Batch = [], BatchBackAt = null, InconclusiveSince = null, GoodProbes = 0, Failed = [], Stage = Stage.Cooldown, Since = draft.Now,
            });
            return;
        }

        StartNextWave(draft, incident, from: recovery.Stage == Stage.Canary ? 0 : recovery.Wave + 1);
    }

    private static void StartNextWave(Draft draft, Incident incident, int from)
    {
        var back = incident.Members.Values.Count(m => m.State == MemberState.HandedBack);
        var moved = back + incident.Members.Values.Count(m => m.State == MemberState.Protected);
        ImmutableArray<int> shares = draft.Policy.OnRecovery.Contains(RecoveryAction.GradualReenable) ? draft.Policy.Waves : [100];
        var eligible = Recovering.Eligible(draft, incident);
        if (eligible.IsEmpty || Waves.Next(moved, back, shares, from) is not { } next)
        {
            var rest = Recovering.AnyProtected(incident);
            Recovering.Enter(draft, incident, incident.Recovery with
            {
                Stage = rest ? Stage.Tripped : Stage.Closing, Since = draft.Now, Batch = [], BatchBackAt = null, InconclusiveSince = null, Failed = [],
            });
            return;
        }

        var batch = Candidates(draft, incident, draft.Seen!).Take(next.Count).Select(v => v.Id).ToImmutableArray();
        StartBatch(draft, incident, Stage.Wave, next.Wave, batch);
        draft.Audit(
            AuditKind.Decision,
            Reason.WaveStarted,
            $"Wave {shares[next.Wave]} %: {Words.GoBack(batch.Length)} to KEDA ({back + batch.Length} of {moved} then)",
            incident.Id,
            facts: ("targets", string.Join(", ", batch)));
        if (!incident.Left)
            IncidentPages.News(draft, incident.Id, Severity.Info, $"Wave {shares[next.Wave]} %: {back + batch.Length} of {moved} targets back with KEDA", $"To KEDA now: {string.Join(", ", batch)}.");
    }

    private static void StartBatch(Draft draft, Incident incident, Stage stage, int wave, ImmutableArray<TargetId> batch)
    {
        Recovering.Enter(draft, incident, incident.Recovery with
        {
            Stage = stage, Since = draft.Now, Wave = wave, Batch = batch, BatchBackAt = null, BatchGood = ImmutableSortedDictionary<TargetId, int>.Empty, InconclusiveSince = null, NotBefore = null,
            Failed = stage == Stage.Canary ? incident.Recovery.Failed : [],
        });
        foreach (var target in batch)
            draft.SetMember(incident.Id, target, MemberState.HandedBack, stage == Stage.Canary ? Reason.CanaryStarted : Reason.WaveStarted, "");
    }

    public static void Advance(Draft draft, Incident incident)
    {
        var recovery = incident.Recovery;
        if (recovery.Batch.IsEmpty)
        {
            // Every one of them is gone, or back on its fallback.
            if (incident.Hold is null && draft.Seen is not null && recovery.Stage == Stage.Wave)
                GoOn(draft, incident.Id);
            else if (incident.Hold is null && draft.Seen is not null)
                Recovering.Enter(draft, incident, recovery with { Stage = Stage.Verify, Since = draft.Now, BatchBackAt = null, InconclusiveSince = null, GoodProbes = 0 });
            return;
        }

        if (recovery.Stage == Stage.Canary && draft.Seen is { } seen && recovery.Batch.FirstOrDefault(seen.IsUnknown) is { Name: not null } unread)
        {
            AnotherCanary(draft, incident, unread, seen.UnknownBecause(unread)!);
            return;
        }

        if (recovery.BatchBackAt is not { } backAt)
        {
            WaitForBatch(draft, incident);
            return;
        }

        var findings = recovery.Batch.Select(id => Gate.Judge(draft, id, backAt)).ToList();
        if (findings.Exists(f => f.Result == GateResult.Bad))
        {
            FailedHandback.Note(draft, incident.Id, [.. findings.Where(f => f.Result == GateResult.Bad).Select(f => new FailedTarget(f.Target, f.Reason, f.Words))]);
            return;
        }

        var good = CountGood(draft, recovery, findings);
        recovery = recovery with { BatchGood = good };
        Recovering.Enter(draft, incident, recovery);
        if (draft.Now - backAt < Soak(draft.Policy, recovery.Stage))
            return;
        // One that can't be read keeps its incident open, and does not hold up the others of its wave.
        var judged = draft.Seen is { } look ? findings.Where(f => !look.IsUnknown(f.Target)).ToList() : findings;
        var open = judged.Where(f => f.Result == GateResult.Inconclusive).ToList();
        open.AddRange(judged.Where(f => f.Reason == Reason.GatePassed && good.GetValueOrDefault(f.Target) < GoodProbes).Select(f => f with
        {
            Reason = Reason.GateTooEarly, Words = $"{good.GetValueOrDefault(f.Target)} of {GoodProbes} good probes since its new HPA first synced",
        }));
        if (open.Count > 0)
        {
            Inconclusive(draft, draft.Incident(incident.Id), open);
            return;
        }

        draft.Audit(AuditKind.Decision, Reason.GatePassed, $"{StageName(draft, recovery)} passed: {Words.Count(judged.Count, "target")} Ready and scaling for {Words.Span(draft.Now - backAt)}", incident.Id);
        Stragglers.CameBack(draft, incident.Id, judged.Select(f => f.Target));
        GoOn(draft, incident.Id);
    }

    /// <summary>A canary that can't be read shows nothing: it is to be on its fallback again, and another one goes first.</summary>
    private static void AnotherCanary(Draft draft, Incident incident, TargetId unread, string because)
    {
        draft.SetMember(incident.Id, unread, MemberState.Protected, Reason.GateBlind, because);
        draft.Audit(AuditKind.Decision, Reason.GateBlind, $"The canary {unread} can't be judged, so another one goes first: {because}", incident.Id, unread);
        Recovering.Enter(draft, incident, incident.Recovery with { Stage = Stage.Verify, Since = draft.Now, Batch = [], BatchBackAt = null, InconclusiveSince = null, GoodProbes = 0 });
    }

    /// <summary>How long a batch is watched at least.</summary>
    public static TimeSpan Soak(Policy policy, Stage stage) => stage == Stage.Canary ? policy.RecoveryTestPeriod : policy.WaveSoak;

    /// <summary>
    /// One look may be lucky. A target that shows good only counts from its new HPA's first sync on, because before that the gate can't judge
    /// it; one that doubtfully shows anything else begins anew, and one that is only being scaled keeps what it has.
    /// </summary>
    private static ImmutableSortedDictionary<TargetId, int> CountGood(Draft draft, Recovery recovery, List<GateFinding> findings)
    {
        var good = recovery.BatchGood;
        foreach (var finding in findings.Where(_ => draft.IsProbe))
        {
            good = finding switch
            {
                { Result: GateResult.Good } => good.SetItem(finding.Target, Math.Min(good.GetValueOrDefault(finding.Target) + 1, GoodProbes)),
                { Reason: Reason.GateScaling or Reason.GateNotAvailable } => good,
                _ => good.Remove(finding.Target),
            };
        }

        return good;
    }

    private static void WaitForBatch(Draft draft, Incident incident)
    {
        var recovery = incident.Recovery;

        // What another incident still wants on its fallback is that one's to hand back; what is being deleted goes with its object; what can't be
        // read holds up itself only.
        var waiting = recovery.Batch
            .Where(id => draft.Panel.Targets.ContainsKey(id) && !draft.Panel.WantsFallback(id))
            .Where(id => draft.Seen is not { } seen || !(seen.IsUnknown(id) || (seen.Targets.TryGetValue(id, out var view) && view.Deleting)))
            .ToList();
        if (waiting.Count == 0)
        {
            Recovering.Enter(draft, incident, recovery with { BatchBackAt = draft.Now });
            return;
        }

        // One timeout to notice the missing key, one more after "false" was set to wake KEDA.
        var timeout = (draft.Policy.HandbackTimeout + draft.Policy.HandbackTimeoutPerTarget * recovery.Batch.Length) * 2;
        if (draft.Seen is not null && draft.Now - recovery.Since > timeout)
            FailedHandback.Note(draft, incident.Id, [.. waiting.Select(id => NotTaken(draft, id, timeout))]);
    }

    private static FailedTarget NotTaken(Draft draft, TargetId id, TimeSpan timeout)
    {
        var words = $"KEDA did not take it back within {Words.Span(timeout)}";
        return draft.Seen?.Targets.GetValueOrDefault(id) is { } view && Pauses.ByOthers(view, weTripped: true) is { } pause
            ? new(id, Reason.PausedByOthersMeanwhile, $"{words}: somebody else paused it ({pause})")
            : new(id, Reason.GateKedaHpaMissing, Words.With(words, draft.Panel.Targets[id].Problem));
    }

    /// <summary>
    /// What can't be judged for too long is the matter of single targets when others show that KEDA works, or while another that was not tried
    /// can show more. Else nobody knows, and a human is asked.
    /// </summary>
    private static void Inconclusive(Draft draft, Incident incident, List<GateFinding> open)
    {
        if (!WaitsTooLong(draft, incident) || incident.Hold is not null)
            return;
        incident = draft.Incident(incident.Id);
        var targets = open.Select(f => f.Target).ToHashSet();
        var own = draft.Seen is not null && (incident.Recovery.Batch.Any(id => !targets.Contains(id)) || Stragglers.KedaWorks(draft, incident, targets.Contains)
            || Stragglers.Untried(draft, incident));
        var waited = Words.Span(draft.Now - incident.Recovery.InconclusiveSince!.Value);
        if (own)
            FailedHandback.Note(draft, incident.Id, [.. open.Select(f => new FailedTarget(f.Target, f.Reason, $"it can't be judged for {waited}: {f.Words}"))]);
        else
            PuttingBack.Hold(draft, incident.Id, Reason.HeldInconclusive, "reactor", $"{open[0].Target} can't be judged: {open[0].Words}");
    }

    private static bool WaitsTooLong(Draft draft, Incident incident)
    {
        var since = incident.Recovery.InconclusiveSince ?? draft.Now;
        Recovering.Enter(draft, incident, incident.Recovery with { InconclusiveSince = since });

        // Probes may be rarer than the timeout: it must not end before the good ones could have come.
        var probes = draft.Policy.HealthCheckInterval * (GoodProbes + 1);
        var timeout = probes > draft.Policy.InconclusiveTimeout ? probes : draft.Policy.InconclusiveTimeout;
        return draft.Now - since >= timeout;
    }

    private static string StageName(Draft draft, Recovery recovery) =>
        recovery.Stage == Stage.Canary ? "Canary" : $"Wave {draft.Policy.Waves[Math.Min(recovery.Wave, draft.Policy.Waves.Length - 1)]} %";

    /// <summary>
    /// In order, and those that really would go back before those that another incident still holds: only the first show anything. Last those
    /// that no operator would take now.
    /// </summary>
    private static List<TargetView> Candidates(Draft draft, Incident incident, Observation seen)
    {
        var signs = draft.Panel.Signs;
        var eligible = Recovering.Eligible(draft, incident).ToLookup(
            id => draft.Panel.Incidents.Values.Any(i => i.Id != incident.Id && i.Members.GetValueOrDefault(id)?.State == MemberState.Protected) ? 1
                : signs.Shards.IsEmpty || Operators.Unserved(signs, seen, seen.Targets[id], draft.Now) is null ? 0 : 2,
            id => seen.Targets[id]);
        return [.. Enumerable.Range(0, 3).SelectMany(rank => Waves.Order(eligible[rank], id => incident.Members[id]))];
    }
}
