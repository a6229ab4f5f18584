using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>A reset by hand: the evidence that covers the selection is overruled, and its targets go back gradually or at once.</summary>
internal static class Resetting
{
    public static void Take(Draft draft, ResetOrder order)
    {
        var tripped = draft.Panel.Incidents.Values
            .SelectMany(i => i.Members.Where(m => m.Value.State == MemberState.Protected && order.Selection.Covers(m.Key)).Select(m => (Incident: i.Id, Target: m.Key)))
            .ToList();

        // An order that moved nothing (all left alone, or gone since) is taken back in the same way.
        var taken = draft.Panel.Incidents.Values.Where(i => i.Evidence.Values.Any(e => IsTakenBack(e, order))).Select(i => i.Id).ToList();
        var replayed = Replays.Of(draft, order.Selection);
        var known = taken.Count > 0 || draft.Seen is not { } seen || seen.Knows(order.Selection);
        if (!known)
        {
            Ordering.Refuse(draft, order, Reason.OrderRefusedUnknownTarget, $"there is no ScaledObject in {order.Selection}");
            return;
        }

        if (!replayed.IsEmpty && draft.Policy.ObserveOnly)
        {
            Ordering.Refuse(draft, order, Reason.OrderRefusedContradiction, $"observe-only: nothing is written. Take the old marks away by hand: {Replays.ByHand}");
            return;
        }

        if (tripped.Count == 0 && taken.Count == 0 && replayed.IsEmpty)
        {
            Ordering.Refuse(draft, order, Reason.OrderRefusedNothingTripped, $"nothing in {order.Selection} is on a fallback");
            return;
        }

        // One look that failed is no reason: what was seen before it still counts.
        if (tripped.Count > 0 && draft.Seen is null && draft.Panel.BlindSince is { } since && draft.Now - since >= draft.Policy.BlindAfter)
        {
            Ordering.Refuse(draft, order, Reason.OrderRefusedStillUnhealthy, $"the cluster can't be seen since {Words.Clock(since, draft.Now)}, so nobody knows whether KEDA could take them");
            return;
        }

        if (tripped.Count > 0 && draft.Seen is { } look && KedaHealth.Trouble(draft.Panel.Signs, look, draft.Now) is { } trouble)
        {
            Ordering.Refuse(draft, order, Reason.OrderRefusedStillUnhealthy, $"KEDA could not take them: {trouble}");
            return;
        }

        if (order.Mode == ResetMode.Gradual && HeldElsewhere(draft, order) is { Hold: { } hold } held)
        {
            Ordering.Refuse(draft, order, Reason.OrderRefusedContradiction, $"{held.Id} is held by {hold.By} ({hold.Words}) and has more targets than these: release it, reset all of it, or give these back at once (mode immediate)");
            return;
        }

        var incidents = tripped.Select(t => t.Incident).Union(taken).ToList();
        foreach (var incidentId in incidents)
            ResetOne(draft, order, incidentId, [.. tripped.Where(t => t.Incident == incidentId).Select(t => t.Target)]);
        if (!replayed.IsEmpty)
            Replays.TakeAway(draft, replayed, order);
        draft.PendingAnswers.Add(new(order, true, Reason.ResetOrdered, $"reset ({order.Mode}) by {order.By}: {order.Reason}", incidents.FirstOrDefault(), order.Selection)
        {
            Next = incidents.Count > 0 ? null : $"Old marks and their pause are taken from {Words.Count(replayed.Length, "target")}, and KEDA makes its HPA again",
        });
    }

    private static void ResetOne(Draft draft, ResetOrder order, string incidentId, ImmutableArray<TargetId> targets)
    {
        Overrule(draft, order, incidentId, targets);
        var incident = draft.Incident(incidentId);
        draft.Audit(
            AuditKind.Order,
            Reason.ResetOrdered,
            $"Reset of {Words.Count(targets.Length, "target")} ({order.Mode.ToString().ToLowerInvariant()}): {order.Reason}",
            incidentId,
            actor: order.Actor);
        draft.Put(incident with { Hold = Covers(order, incident) ? null : incident.Hold, Attempts = 0 });
        if (targets.IsEmpty)
            return;

        Stragglers.Forgive(draft, incidentId, targets);
        incident = draft.Incident(incidentId);
        if (order.Mode == ResetMode.Gradual)
        {
            var underWay = incident.Recovery.Stage is Stage.Canary or Stage.Wave;
            draft.Put(incident with { Recovery = underWay ? incident.Recovery with { ByHand = true } : new Recovery { Stage = Stage.Verify, Since = draft.Now, ByHand = true } });
        }
        else
        {
            // All at once, but watched like the last wave: a gate that fails puts them back.
            var last = draft.Policy.Waves.Length - 1;
            draft.Put(incident with
            {
                Recovery = new Recovery { Stage = Stage.Wave, Since = draft.Now, ByHand = true, Wave = last, Batch = [.. incident.Recovery.Batch.Union(targets)] },
            });
            foreach (var target in targets)
                draft.SetMember(incidentId, target, MemberState.HandedBack, Reason.ResetOrdered, $"reset by {order.By}");
        }

        IncidentPages.News(draft, incidentId, Severity.Info, $"Reset by {order.By}: {Words.GoBack(targets.Length)} to KEDA {(order.Mode == ResetMode.Gradual ? "gradually" : "at once")}", $"Reset by {order.By}: {order.Reason}.");
    }

    /// <summary>A held incident of which only some targets are meant: the canary and the waves of a gradual way would be those of the others too.</summary>
    private static Incident? HeldElsewhere(Draft draft, ResetOrder order) => draft.Panel.Incidents.Values.FirstOrDefault(i =>
        i.Hold is not null && !Covers(order, i) && i.Members.Any(m => m.Value.State == MemberState.Protected && order.Selection.Covers(m.Key)));

    /// <summary>True when nothing of the incident stays on its fallback: only then the reset ends a hold, which was for the others as well.</summary>
    private static bool Covers(ResetOrder order, Incident incident) => incident.Members.All(m => m.Value.State != MemberState.Protected || order.Selection.Covers(m.Key));

    /// <summary>True for an order of a human whose whole reach this reset covers.</summary>
    private static bool IsTakenBack(Evidence evidence, ResetOrder order) => evidence is { Standing: true, Source: EvidenceSource.Human }
        && order.Selection.Scope switch
        {
            Scope.Cluster => true,
            Scope.Namespace => evidence.Reach.Scope != Scope.Cluster && evidence.Reach.Namespace == order.Selection.Namespace,
            Scope.Target => evidence.Reach == order.Selection,
            _ => throw new System.Diagnostics.UnreachableException($"scope {order.Selection.Scope}"),
        };

    /// <summary>Evidence about these targets counts as over; alerts behind it count again only with a newer startsAt.</summary>
    private static void Overrule(Draft draft, ResetOrder order, string incidentId, ImmutableArray<TargetId> targets)
    {
        foreach (var evidence in draft.Incident(incidentId).Evidence.Values.Where(e => e.Standing && (IsTakenBack(e, order) || targets.Any(e.Covers))))
        {
            var incident = draft.Incident(incidentId);
            var all = incident.Members.Where(m => m.Value.State == MemberState.Protected && evidence.Covers(m.Key)).All(m => targets.Contains(m.Key));
            var changed = all
                ? evidence with { EndedAt = draft.Now }
                : evidence with { Except = evidence.Except.Union(targets) };
            draft.Put(incident with { Evidence = incident.Evidence.SetItem(evidence.Key, changed) });
            if (all && evidence.Source == EvidenceSource.Alert && draft.Panel.Alerts.GetValueOrDefault(evidence.Key["alert/".Length..]) is { } memory)
                draft.Panel = draft.Panel with { Alerts = draft.Panel.Alerts.SetItem(memory.Alert.Fingerprint, memory with { Overruled = true }) };
        }
    }
}
