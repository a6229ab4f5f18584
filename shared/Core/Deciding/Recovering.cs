using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>The way back: evidence gone → cooldown → verify KEDA → canary → waves → closing.</summary>
internal static class Recovering
{
    public static void Advance(Draft draft, string incidentId)
    {
        var incident = draft.Incident(incidentId);
        switch (incident.Recovery.Stage)
        {
            case Stage.Tripped:
                FromTripped(draft, incident);
                break;
            case Stage.Cooldown:
                FromCooldown(draft, incident);
                break;
            case Stage.Verify:
                FromVerify(draft, incident);
                break;
            case Stage.Canary:
            case Stage.Wave:
                FromBatch(draft, incident);
                break;
            case Stage.Closing:
                FromClosing(draft, incident);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"stage {incident.Recovery.Stage}");
        }
    }

    /// <summary>Moved targets that no standing evidence covers and that nothing holds: these may go back.</summary>
    public static ImmutableArray<TargetId> Eligible(Draft draft, Incident incident) =>
    [
        .. incident.Members
            .Where(m => m.Value.State == MemberState.Protected)
            .Select(m => m.Key)
            .Where(id => !incident.Evidence.Values.Any(e => e.Covers(id)))
            .Where(id => draft.Panel.Targets.GetValueOrDefault(id) is not { HeldBecause.Length: > 0 })
            .Where(id => draft.Seen is not { } seen || !seen.Targets.TryGetValue(id, out var view) || !view.Deleting),
    ];

    /// <summary>In order, and those that really would go back before those that another incident still holds: only the first show anything.</summary>
    private static List<TargetView> Candidates(Draft draft, Incident incident, Observation seen)
    {
        var eligible = Eligible(draft, incident).ToLookup(
            id => draft.Panel.Incidents.Values.Any(i => i.Id != incident.Id && i.Members.GetValueOrDefault(id)?.State == MemberState.Protected),
            id => seen.Targets[id]);
        return [.. Waves.Order(eligible[false]), .. Waves.Order(eligible[true])];
    }

    public static TimeSpan HandbackTimeout(Draft draft, TargetId target)
    {
        var batch = draft.Panel.Incidents.Values.Select(i => i.Recovery.Batch).FirstOrDefault(b => b.Contains(target));
        return draft.Policy.HandbackTimeout + draft.Policy.HandbackTimeoutPerTarget * (batch.IsDefault ? 1 : batch.Length);
    }

    private static bool AnyProtected(Incident incident) => incident.Members.Values.Any(m => m.State == MemberState.Protected);

    private static void FromTripped(Draft draft, Incident incident)
    {
        var waits = AnyProtected(incident) ? Eligible(draft, incident).IsEmpty : incident.Evidence.Values.Any(e => e.Standing);
        if (waits)
            return;
        Enter(draft, incident, incident.Recovery with { Stage = Stage.Cooldown, Since = draft.Now, Batch = [], BatchBackAt = null, InconclusiveSince = null });
        draft.Audit(AuditKind.Decision, Reason.CooldownStarted, $"Evidence is gone; recovery begins in {Words.Span(draft.Policy.CooldownPeriod)} if it stays so", incident.Id);
    }

    private static void FromCooldown(Draft draft, Incident incident)
    {
        var recovery = incident.Recovery;
        var standing = AnyProtected(incident) ? Eligible(draft, incident).IsEmpty : incident.Evidence.Values.Any(e => e.Standing);
        if (standing)
        {
            Enter(draft, incident, recovery with { Stage = Stage.Tripped, Since = draft.Now });
            return;
        }

        if (incident.Hold is not null || draft.Now - recovery.Since < draft.Policy.CooldownPeriod || draft.Now < recovery.NotBefore)
            return;
        if (!AnyProtected(incident) || draft.Policy.ObserveOnly)
        {
            Enter(draft, incident, recovery with { Stage = Stage.Closing, Since = draft.Now });
            return;
        }

        Enter(draft, incident, recovery with { Stage = Stage.Verify, Since = draft.Now, GoodProbes = 0 });
        draft.Audit(AuditKind.Decision, Reason.VerifyStarted, $"Verifying KEDA: {draft.Policy.VerifyProbes} good probes in a row", incident.Id);
    }

    private static void FromVerify(Draft draft, Incident incident)
    {
        var recovery = incident.Recovery;
        if (Eligible(draft, incident).IsEmpty || incident.Hold is not null)
        {
            Enter(draft, incident, recovery with { Stage = Stage.Tripped, Since = draft.Now });
            return;
        }

        if (!draft.IsProbe || draft.Seen is not { } seen)
            return;
        if (KedaHealth.Trouble(draft.Panel.Signs, seen, draft.Now) is { } trouble)
        {
            if (recovery.GoodProbes > 0)
                draft.Audit(AuditKind.Decision, Reason.VerifyFailed, $"KEDA is not well: {trouble}; counting good probes anew", incident.Id);
            Enter(draft, incident, recovery with { GoodProbes = 0 });
            return;
        }

        var good = recovery.GoodProbes + 1;
        Enter(draft, incident, recovery with { GoodProbes = good });
        if (good >= draft.Policy.VerifyProbes)
            StartCanary(draft, draft.Incident(incident.Id), seen);
    }

    private static void StartCanary(Draft draft, Incident incident, Observation seen)
    {
        if (!draft.Policy.OnRecovery.Contains(RecoveryAction.TestSingleScaler))
        {
            StartNextWave(draft, incident, from: 0);
            return;
        }

        var canary = Candidates(draft, incident, seen)[0].Id;
        StartBatch(draft, incident, Stage.Canary, wave: -1, [canary]);
        draft.Audit(AuditKind.Decision, Reason.CanaryStarted, $"Canary: {canary} goes back to KEDA and is watched for {Words.Span(draft.Policy.RecoveryTestPeriod)}", incident.Id, canary);
        IncidentPages.News(draft, incident.Id, Severity.Info, $"KEDA looks healthy: testing with {canary}", $"KEDA was well for {Words.Count(draft.Policy.VerifyProbes, "probe")} in a row. {canary} goes back to it first.");
    }

    private static void StartNextWave(Draft draft, Incident incident, int from)
    {
        var back = incident.Members.Values.Count(m => m.State == MemberState.HandedBack);
        var moved = back + incident.Members.Values.Count(m => m.State == MemberState.Protected);
        ImmutableArray<int> shares = draft.Policy.OnRecovery.Contains(RecoveryAction.GradualReenable) ? draft.Policy.Waves : [100];
        var eligible = Eligible(draft, incident);
        if (eligible.IsEmpty || Waves.Next(moved, back, shares, from) is not { } next)
        {
            var rest = AnyProtected(incident);
            Enter(draft, incident, incident.Recovery with
            {
                Stage = rest ? Stage.Tripped : Stage.Closing, Since = draft.Now, Batch = [], BatchBackAt = null, InconclusiveSince = null,
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
        IncidentPages.News(draft, incident.Id, Severity.Info, $"Wave {shares[next.Wave]} %: {back + batch.Length} of {moved} targets back with KEDA", $"To KEDA now: {string.Join(", ", batch)}.");
    }

    private static void StartBatch(Draft draft, Incident incident, Stage stage, int wave, ImmutableArray<TargetId> batch)
    {
        Enter(draft, incident, incident.Recovery with
        {
            Stage = stage, Since = draft.Now, Wave = wave, Batch = batch, BatchBackAt = null, InconclusiveSince = null, NotBefore = null,
        });
        foreach (var target in batch)
            draft.SetMember(incident.Id, target, MemberState.HandedBack, stage == Stage.Canary ? Reason.CanaryStarted : Reason.WaveStarted, "");
    }

    private static void FromBatch(Draft draft, Incident incident)
    {
        var recovery = incident.Recovery;
        if (recovery.Batch.IsEmpty && (incident.Hold is not null || draft.Seen is null))
            return;
        if (recovery.BatchBackAt is not { } backAt)
        {
            WaitForBatch(draft, incident);
            return;
        }

        var findings = recovery.Batch.Select(id => Gate.Judge(draft, id, backAt)).ToList();
        if (findings.Find(f => f.Result == GateResult.Bad) is { } bad)
        {
            PutBack(draft, incident.Id, bad.Reason, $"{bad.Target}: {bad.Words}");
            return;
        }

        var soak = recovery.Stage == Stage.Canary ? draft.Policy.RecoveryTestPeriod : draft.Policy.WaveSoak;
        if (draft.Now - backAt < soak)
            return;
        if (findings.Find(f => f.Result == GateResult.Inconclusive) is { } open)
        {
            Inconclusive(draft, incident, open);
            return;
        }

        draft.Audit(AuditKind.Decision, Reason.GatePassed, $"{StageName(draft, recovery)} passed: {Words.Count(findings.Count, "target")} Ready and scaling for {Words.Span(draft.Now - backAt)}", incident.Id);
        if (incident.Hold is not null)
        {
            Enter(draft, incident, recovery with { Batch = [], BatchBackAt = null, InconclusiveSince = null, Stage = Stage.Cooldown, Since = draft.Now });
            return;
        }

        StartNextWave(draft, incident, from: recovery.Stage == Stage.Canary ? 0 : recovery.Wave + 1);
    }

    private static void WaitForBatch(Draft draft, Incident incident)
    {
        var recovery = incident.Recovery;

        // What another incident still wants on its fallback is that one's to hand back; what is being deleted goes with its object.
        var waiting = recovery.Batch
            .Where(id => draft.Panel.Targets.ContainsKey(id) && !draft.Panel.WantsFallback(id))
            .Where(id => draft.Seen is not { } seen || !seen.Targets.TryGetValue(id, out var view) || !view.Deleting)
            .ToList();
        if (waiting.Count == 0)
        {
            Enter(draft, incident, recovery with { BatchBackAt = draft.Now });
            return;
        }

        // One timeout to notice the missing key, one more after "false" was set to wake KEDA.
        var timeout = (draft.Policy.HandbackTimeout + draft.Policy.HandbackTimeoutPerTarget * recovery.Batch.Length) * 2;
        if (draft.Seen is not null && draft.Now - recovery.Since > timeout)
            PutBack(draft, incident.Id, Reason.GateKedaHpaMissing, $"KEDA did not take back {string.Join(", ", waiting)} within {Words.Span(timeout)}");
    }

    private static void Inconclusive(Draft draft, Incident incident, GateFinding finding)
    {
        var since = incident.Recovery.InconclusiveSince ?? draft.Now;
        Enter(draft, incident, incident.Recovery with { InconclusiveSince = since });
        if (draft.Now - since < draft.Policy.InconclusiveTimeout || incident.Hold is not null)
            return;
        Hold(draft, incident.Id, Reason.HeldInconclusive, "reactor", $"{finding.Target} can't be judged: {finding.Words}");
    }

    private static void FromClosing(Draft draft, Incident incident)
    {
        var recovery = incident.Recovery;
        if (AnyProtected(incident) && (incident.Evidence.Values.Any(e => e.Standing) || !draft.Policy.ObserveOnly))
        {
            Enter(draft, incident, recovery with { Stage = Stage.Tripped, Since = draft.Now });
            return;
        }

        // A target that another incident still holds keeps its marks for that one.
        var marked = incident.Members.Keys
            .Where(id => draft.Panel.Targets.TryGetValue(id, out var t) && t.Phase == Phase.HandingBack)
            .Where(id => draft.Seen is not { } seen || !seen.Targets.TryGetValue(id, out var view) || !view.Deleting)
            .ToList();
        if (marked.Count > 0 && !draft.Policy.ObserveOnly)
            return;
        IncidentPages.Closed(draft, incident.Id);
        var closed = draft.Incident(incident.Id) with { ClosedAt = draft.Now };
        draft.Audit(AuditKind.Decision, Reason.IncidentClosed, $"Incident closed after {Words.Span(draft.Now - incident.OpenedAt)}", incident.Id);
        draft.Close(closed);
    }

    /// <summary>The whole batch goes back on its fallback, people are told, and the next try waits twice as long.</summary>
    public static void PutBack(Draft draft, string incidentId, Reason reason, string words)
    {
        var incident = draft.Incident(incidentId);
        var batch = incident.Recovery.Batch;
        foreach (var target in batch)
            draft.SetMember(incidentId, target, MemberState.Protected, reason, words);
        draft.Audit(AuditKind.Decision, reason, words, incidentId);
        Again(draft, incidentId, Stage.Cooldown, batch.Length, words);
    }

    /// <summary>Evidence that returns during recovery: it puts back what it covers.</summary>
    public static void EvidenceReturned(Draft draft, string incidentId, Evidence evidence)
    {
        var incident = draft.Incident(incidentId);
        var back = incident.Members.Where(m => m.Value.State == MemberState.HandedBack && evidence.Covers(m.Key)).Select(m => m.Key).ToList();
        if (back.Count == 0)
            return;
        var batch = incident.Recovery.Batch;
        var affected = back.Exists(id => batch.Contains(id)) ? [.. back, .. batch.Where(id => !back.Contains(id))] : back;
        foreach (var target in affected)
            draft.SetMember(incidentId, target, MemberState.Protected, Reason.EvidenceReturned, evidence.What);
        Again(draft, incidentId, Stage.Tripped, affected.Count, evidence.What);
    }

    private static void Again(Draft draft, string incidentId, Stage stage, int putBack, string words)
    {
        var incident = draft.Incident(incidentId);
        var attempts = incident.Attempts + 1;
        var wait = Backoff.Wait(draft.Policy, incidentId, attempts);
        draft.Put(incident with
        {
            Attempts = attempts,
            FallbackInPlaceAt = null,
            Recovery = new Recovery { Stage = stage, Since = draft.Now, NotBefore = draft.Now + wait },
        });
        draft.Audit(
            AuditKind.Decision,
            Reason.PutBackOnFallback,
            $"{Words.GoBack(putBack)} on the fallback (attempt {attempts} of {draft.Policy.MaxAttempts} failed); next try not before {Words.Clock(draft.Now + wait)}",
            incidentId);
        if (attempts >= draft.Policy.MaxAttempts)
            Hold(draft, incidentId, Reason.HeldAfterAttempts, "reactor", $"{attempts} recoveries failed, the last because {words}");
        else
            IncidentPages.News(draft, incidentId, Severity.Error, $"Recovery failed (attempt {attempts}): {Words.Count(putBack, "target")} back on the fallback", $"{words}.");
    }

    public static void Hold(Draft draft, string incidentId, Reason reason, string by, string words)
    {
        var incident = draft.Incident(incidentId);
        if (incident.Hold is not null)
        {
            // Whoever held it first lets go of it; the news is told all the same.
            IncidentPages.News(draft, incidentId, Severity.Error, "Still held: a human must decide", $"{words}.");
            return;
        }

        draft.Put(incident with { Hold = new Hold(reason, by, words, draft.Now) });
        draft.Audit(AuditKind.Decision, reason, $"Recovery is held: {words}", incidentId, actor: by);
        IncidentPages.News(draft, incidentId, Severity.Error, "Recovery is held: a human must decide", $"{words}.");
    }

    public static string StageName(Draft draft, Recovery recovery) =>
        recovery.Stage == Stage.Canary ? "Canary" : $"Wave {draft.Policy.Waves[Math.Min(recovery.Wave, draft.Policy.Waves.Length - 1)]} %";

    private static void Enter(Draft draft, Incident incident, Recovery recovery) => draft.Put(draft.Incident(incident.Id) with { Recovery = recovery });
}
