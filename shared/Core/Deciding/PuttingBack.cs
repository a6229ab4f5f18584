namespace Sophia.Keda.Reactor.Core;

/// <summary>When a recovery fails: back on the fallback, people are told, the next try waits longer, and in the end a human decides.</summary>
internal static class PuttingBack
{
    /// <summary>The whole batch goes back on its fallback, people are told, and the next try waits twice as long.</summary>
    /// <param name="draft">The decision in the making.</param>
    /// <param name="incidentId">Whose batch.</param>
    /// <param name="reason">Why.</param>
    /// <param name="words">Why, in words.</param>
    /// <param name="own">True when the targets show what is wrong and KEDA does not.</param>
    public static void Batch(Draft draft, string incidentId, Reason reason, string words, bool own)
    {
        var incident = draft.Incident(incidentId);
        var batch = incident.Recovery.Batch;
        foreach (var target in batch)
            draft.SetMember(incidentId, target, MemberState.Protected, reason, words);
        draft.Audit(AuditKind.Decision, reason, words, incidentId);
        Again(draft, incidentId, Stage.Cooldown, batch.Length + incident.Recovery.Failed.Count, words, own);
    }

    /// <summary>
    /// Evidence that returns during recovery puts back what it covers, and nothing else. About one target, while others are under way or wait for
    /// their turn, it is that target's failure; else the recovery has failed.
    /// </summary>
    public static void EvidenceReturned(Draft draft, string incidentId, Evidence evidence)
    {
        var incident = draft.Incident(incidentId);
        var back = incident.Members.Where(m => m.Value.State == MemberState.HandedBack && evidence.Covers(m.Key)).Select(m => m.Key).ToList();
        if (back.Count == 0)
            return;
        var batch = incident.Recovery.Batch;
        if (evidence.Reach.Scope == Scope.Target && incident.Cause != Cause.Manual && (back.Exists(id => batch.Contains(id)) || !batch.IsEmpty || Recovering.AnyProtected(incident)))
        {
            FailedHandback.Note(draft, incidentId, [.. back.Select(id => new FailedTarget(id, Reason.EvidenceReturned, evidence.What))]);
            return;
        }

        var affected = back.Exists(id => batch.Contains(id)) ? [.. back, .. batch.Where(id => !back.Contains(id))] : back;
        foreach (var target in affected)
            draft.SetMember(incidentId, target, MemberState.Protected, Reason.EvidenceReturned, evidence.What);
        Again(draft, incidentId, Stage.Tripped, affected.Count, evidence.What, own: false);
    }

    /// <summary>A recovery that failed. By its targets' own reasons alone it is never held while one is left that has not failed, or KEDA scales others well.</summary>
    public static void Again(Draft draft, string incidentId, Stage stage, int putBack, string words, bool own)
    {
        var incident = draft.Incident(incidentId);
        if (incident.Left)
        {
            Recovering.Enter(draft, incident, new Recovery { Stage = Stage.Tripped, Since = draft.Now });
            return; // it is told already, and each of its targets has its own wait
        }

        var attempts = incident.Attempts + 1;
        var wait = Backoff.Wait(draft.Policy, incidentId, attempts);
        draft.Put(incident with
        {
            Attempts = attempts,
            FallbackInPlaceAt = null,
            ReplicasThereAt = null,
            ReplicasMissing = false,
            Recovery = new Recovery { Stage = stage, Since = draft.Now, NotBefore = draft.Now + wait },
        });
        draft.Audit(
            AuditKind.Decision,
            Reason.PutBackOnFallback,
            $"{Words.GoBack(putBack)} on the fallback (attempt {attempts} of {draft.Policy.MaxAttempts} failed); next try not before {Words.Clock(draft.Now + wait, draft.Now)}",
            incidentId);
        var goesOn = own && (Stragglers.KedaWorks(draft, incident) || Stragglers.Untried(draft, draft.Incident(incidentId)));
        if (attempts >= draft.Policy.MaxAttempts && !goesOn)
            Hold(draft, incidentId, Reason.HeldAfterAttempts, "reactor", $"{attempts} recoveries failed, the last because {words}");
        else
            IncidentPages.News(draft, incidentId, Severity.Error, $"Recovery failed (attempt {attempts}): {Words.Count(putBack, "target")} back on the fallback", $"{words}.{IncidentPages.Gone(incident, draft.Now)}");
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
}
