using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>The way back: evidence gone → cooldown → verify KEDA → canary → waves → closing.</summary>
internal static class Recovering
{
    public static void Advance(Draft draft, string incidentId)
    {
        Stragglers.Update(draft, incidentId);
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
                Batches.Advance(draft, incident);
                break;
            case Stage.Closing:
                FromClosing(draft, incident);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"stage {incident.Recovery.Stage}");
        }
    }

    /// <summary>Moved targets that no standing evidence covers, that nothing holds, whose own wait is over, and that are not in maintenance: these may go back.</summary>
    public static ImmutableArray<TargetId> Eligible(Draft draft, Incident incident)
    {
        var maintained = incident.Recovery.ByHand ? [] : Maintaining.Active(draft);
        return
        [
            .. incident.Members
                .Where(m => m.Value.State == MemberState.Protected && !(m.Value.RetryAt > draft.Now))
                .Select(m => m.Key)
                .Where(id => !incident.Evidence.Values.Any(e => e.Covers(id)))
                .Where(id => draft.Panel.Targets.GetValueOrDefault(id) is not { HeldBecause.Length: > 0 })
                .Where(id => draft.Seen is not { } seen || !(seen.IsUnknown(id) || (seen.Targets.TryGetValue(id, out var view) && view.Deleting)))
                .Where(id => maintained.IsEmpty || Maintenances.Over(maintained, id) is null),
        ];
    }

    public static TimeSpan HandbackTimeout(Draft draft, TargetId target)
    {
        var batch = draft.Panel.Incidents.Values.Select(i => i.Recovery.Batch).FirstOrDefault(b => b.Contains(target));
        return draft.Policy.HandbackTimeout + draft.Policy.HandbackTimeoutPerTarget * (batch.IsDefault ? 1 : batch.Length);
    }

    internal static bool AnyProtected(Incident incident) => incident.Members.Values.Any(m => m.State == MemberState.Protected);

    private static void FromTripped(Draft draft, Incident incident)
    {
        var waits = AnyProtected(incident) ? Eligible(draft, incident).IsEmpty : incident.Evidence.Values.Any(e => e.Standing);
        if (waits)
            return;
        if (incident.Left && AnyProtected(incident))
        {
            if (incident.Hold is not null)
                return;
            Enter(draft, incident, new Recovery { Stage = Stage.Verify, Since = draft.Now });
            draft.Audit(AuditKind.Decision, Reason.VerifyStarted, $"What was left on its fallback is tried again: {draft.Policy.VerifyProbes} good probes in a row first", incident.Id);
            return;
        }

        var more = Repeats.MoreWait(draft, incident);
        var notBefore = more > TimeSpan.Zero && !(incident.Recovery.NotBefore > draft.Now + more) ? draft.Now + more : incident.Recovery.NotBefore;
        Enter(draft, incident, incident.Recovery with { Stage = Stage.Cooldown, Since = draft.Now, Batch = [], BatchBackAt = null, InconclusiveSince = null, NotBefore = notBefore, GoodProbes = 0, ByHand = false, Failed = [] });
        if (more > TimeSpan.Zero)
            draft.Audit(AuditKind.Decision, Reason.RepeatWaitsLonger, $"It tripped before within {Words.Span(draft.Policy.RepeatWindow)}: recovery begins not before {Words.Clock(notBefore!.Value, draft.Now)}", incident.Id);
        draft.Audit(AuditKind.Decision, Reason.CooldownStarted, incident.Cause == Cause.Manual
            ? $"The order is over; recovery begins in {Words.Span(draft.Policy.CooldownPeriod)}"
            : $"Evidence is gone; recovery begins in {Words.Span(draft.Policy.CooldownPeriod)} if it stays so", incident.Id);
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

        // KEDA can show that it is well while we wait: what counts is that the last probes in a row were good.
        if (draft.IsProbe && draft.Seen is not null)
            recovery = recovery with { GoodProbes = Operators.Trouble(draft, incident) is null ? Math.Min(recovery.GoodProbes + 1, draft.Policy.VerifyProbes) : 0 };
        Enter(draft, incident, recovery);
        if (incident.Hold is not null || draft.Now - recovery.Since < draft.Policy.CooldownPeriod || draft.Now < recovery.NotBefore)
            return;
        if (!AnyProtected(incident) || draft.Policy.ObserveOnly)
        {
            Enter(draft, incident, recovery with { Stage = Stage.Closing, Since = draft.Now });
            return;
        }

        Enter(draft, incident, recovery with { Stage = Stage.Verify, Since = draft.Now });
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
        if (Operators.Trouble(draft, incident) is { } trouble)
        {
            if (recovery.GoodProbes > 0)
                draft.Audit(AuditKind.Decision, Reason.VerifyFailed, $"KEDA is not well: {trouble}; counting good probes anew", incident.Id);
            Enter(draft, incident, recovery with { GoodProbes = 0 });
            return;
        }

        var good = Math.Min(recovery.GoodProbes + 1, draft.Policy.VerifyProbes);
        Enter(draft, incident, recovery with { GoodProbes = good });
        if (good >= draft.Policy.VerifyProbes && !OutsideHours.Waits(draft, incident.Id))
            Batches.StartCanary(draft, draft.Incident(incident.Id), seen);
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
        draft.Audit(AuditKind.Decision, Reason.IncidentClosed, $"Incident closed after {Words.Span(draft.Now - incident.OpenedAt)}{Outage.Share(incident)}", incident.Id,
            facts: [("cause", Causes.Slug(incident.Cause)), ("opened", $"{incident.OpenedAt:O}"), ("evidenceGone", $"{Outage.EndOf(incident):O}"), ("fallbackInPlace", $"{incident.FallbackInPlaceAt:O}"), ("failedRecoveries", $"{incident.Attempts}"), ("targets", $"{incident.Members.Count}"), ("observeOnly", incident.ObserveOnly ? "true" : "false"), ("left", incident.Left ? "true" : "false")]);
        TripMemory.PassOn(draft, closed);
        draft.Close(closed);
    }

    internal static void Enter(Draft draft, Incident incident, Recovery recovery) => draft.Put(draft.Incident(incident.Id) with { Recovery = recovery });
}
