using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// A reset by hand, of a selection or of one incident's targets: the evidence that covers them is overruled, and they go back gradually or at once.
/// </summary>
internal static class Resetting
{
    /// <summary>What is meant: what a selection covers in every incident, or all of one incident.</summary>
    private sealed record Reset(Order Order, ResetMode Mode, Selection? Selection, string? Incident)
    {
        public string What => Incident is { } one ? $"incident {one}" : $"{Selection}";

        public bool Covers(string incident, TargetId target) => Incident is { } one ? incident == one : Selection!.Covers(target);
    }

    public static void Take(Draft draft, ResetOrder order)
    {
        var reset = new Reset(order, order.Mode, order.Selection, null);
        if (draft.Seen is { } seen && !seen.Knows(order.Selection) && !draft.Panel.Incidents.Values.Any(i => i.Evidence.Values.Any(e => IsTakenBack(i.Id, e, reset))))
            Ordering.Refuse(draft, order, Reason.OrderRefusedUnknownTarget, $"there is no ScaledObject in {order.Selection}");
        else
            Take(draft, reset);
    }

    public static void Take(Draft draft, IncidentResetOrder order)
    {
        if (draft.Panel.Incidents.ContainsKey(order.IncidentId))
            Take(draft, new Reset(order, order.Mode, null, order.IncidentId));
        else
            Ordering.Refuse(draft, order, Reason.OrderRefusedUnknownIncident, $"there is no open incident {order.IncidentId}");
    }

    private static void Take(Draft draft, Reset reset)
    {
        var tripped = draft.Panel.Incidents.Values
            .SelectMany(i => i.Members.Where(m => m.Value.State == MemberState.Protected && reset.Covers(i.Id, m.Key)).Select(m => (Incident: i.Id, Target: m.Key)))
            .ToList();

        // An order that moved nothing (all left alone, or gone since) is taken back in the same way.
        var taken = draft.Panel.Incidents.Values.Where(i => i.Evidence.Values.Any(e => IsTakenBack(i.Id, e, reset))).Select(i => i.Id).ToList();
        var replayed = reset.Selection is { } named ? Replays.Of(draft, named) : [];
        if (!replayed.IsEmpty && draft.Policy.ObserveOnly)
        {
            Ordering.Refuse(draft, reset.Order, Reason.OrderRefusedContradiction, $"observe-only: nothing is written. Take the old marks away by hand: {Replays.ByHand}");
            return;
        }

        if (tripped.Count == 0 && taken.Count == 0 && replayed.IsEmpty)
        {
            Ordering.Refuse(draft, reset.Order, Reason.OrderRefusedNothingTripped, $"nothing in {reset.What} is on a fallback");
            return;
        }

        // One look that failed is no reason: what was seen before it still counts.
        if (tripped.Count > 0 && draft.Seen is null && draft.Panel.BlindSince is { } since && draft.Now - since >= draft.Policy.BlindAfter)
        {
            Ordering.Refuse(draft, reset.Order, Reason.OrderRefusedStillUnhealthy, $"the cluster can't be seen since {Words.Clock(since, draft.Now)}, so nobody knows whether KEDA could take them");
            return;
        }

        if (draft.Seen is { } look && tripped.Select(t => Operators.Trouble(draft.Panel.Signs, look, t.Target, draft.Now)).FirstOrDefault(t => t is not null) is { } trouble)
        {
            Ordering.Refuse(draft, reset.Order, Reason.OrderRefusedStillUnhealthy, $"KEDA could not take them: {trouble}");
            return;
        }

        if (reset.Mode == ResetMode.Gradual && HeldElsewhere(draft, reset) is { Hold: { } hold } held)
        {
            Ordering.Refuse(draft, reset.Order, Reason.OrderRefusedContradiction, $"{held.Id} is held by {hold.By} ({hold.Words}) and has more targets than these: release it, reset all of it, or give these back at once (mode immediate)");
            return;
        }

        var incidents = tripped.Select(t => t.Incident).Union(taken, StringComparer.Ordinal).ToImmutableArray();
        foreach (var incident in incidents)
            ResetOne(draft, reset, incident, incidents, [.. tripped.Where(t => t.Incident == incident).Select(t => t.Target)]);
        if (!replayed.IsEmpty)
            Replays.TakeAway(draft, replayed, reset.Order);
        draft.PendingAnswers.Add(new(reset.Order, true, Reason.ResetOrdered, $"reset ({reset.Mode}) by {reset.Order.By}: {reset.Order.Reason}", incidents.FirstOrDefault(), reset.Selection)
        {
            Incidents = incidents,
            Only = reset.Incident is null ? null : [.. tripped.Select(t => t.Target)],
            Next = incidents.Length > 0 ? null : $"Old marks and their pause are taken from {Words.Count(replayed.Length, "target")}, and KEDA makes its HPA again",
        });
    }

    private static void ResetOne(Draft draft, Reset reset, string incidentId, ImmutableArray<string> all, ImmutableArray<TargetId> targets)
    {
        Overrule(draft, reset, incidentId, targets);
        var incident = draft.Incident(incidentId);
        var (by, reason) = (reset.Order.By, reset.Order.Reason);
        draft.Audit(
            AuditKind.Order,
            Reason.ResetOrdered,
            $"Reset of {Words.Count(targets.Length, "target")} ({reset.Mode.ToString().ToLowerInvariant()}): {reason}",
            incidentId,
            actor: reset.Order.Actor);
        draft.Put(incident with { Hold = Covers(reset, incident) ? null : incident.Hold, Attempts = 0 });
        if (targets.IsEmpty)
            return;

        Stragglers.Forgive(draft, incidentId, targets);
        incident = draft.Incident(incidentId);
        if (reset.Mode == ResetMode.Gradual)
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
                draft.SetMember(incidentId, target, MemberState.HandedBack, Reason.ResetOrdered, $"reset by {by}");
        }

        var kept = targets.Count(id => Ordering.Keeper(draft, id, all) is not null);
        IncidentPages.News(
            draft,
            incidentId,
            Severity.Info,
            $"Reset by {by}: {Words.GoBack(targets.Length)} to KEDA {(reset.Mode == ResetMode.Gradual ? "gradually" : "at once")}",
            $"Reset by {by}: {reason}.{(kept > 0 ? $" {kept} of them {(kept == 1 ? "stays" : "stay")} on the fallback until another incident allows it too." : "")}");
    }

    /// <summary>A held incident of which only some targets are meant: the canary and the waves of a gradual way would be those of the others too.</summary>
    private static Incident? HeldElsewhere(Draft draft, Reset reset) => draft.Panel.Incidents.Values.FirstOrDefault(i =>
        i.Hold is not null && !Covers(reset, i) && i.Members.Any(m => m.Value.State == MemberState.Protected && reset.Covers(i.Id, m.Key)));

    /// <summary>True when nothing of the incident stays on its fallback: only then the reset ends a hold, which was for the others as well.</summary>
    private static bool Covers(Reset reset, Incident incident) => incident.Members.All(m => m.Value.State != MemberState.Protected || reset.Covers(incident.Id, m.Key));

    /// <summary>True for an order of a human whose whole reach this reset covers.</summary>
    private static bool IsTakenBack(string incident, Evidence evidence, Reset reset) => evidence is { Standing: true, Source: EvidenceSource.Human }
        && (reset.Incident is { } one ? incident == one : reset.Selection!.Scope switch
        {
            Scope.Cluster => true,
            Scope.Namespace => evidence.Reach.Scope != Scope.Cluster && evidence.Reach.Namespace == reset.Selection.Namespace,
            Scope.Target => evidence.Reach == reset.Selection,
            _ => throw new System.Diagnostics.UnreachableException($"scope {reset.Selection.Scope}"),
        });

    /// <summary>Evidence about these targets counts as over; alerts behind it count again only with a newer startsAt.</summary>
    private static void Overrule(Draft draft, Reset reset, string incidentId, ImmutableArray<TargetId> targets)
    {
        foreach (var evidence in draft.Incident(incidentId).Evidence.Values.Where(e => e.Standing && (IsTakenBack(incidentId, e, reset) || targets.Any(e.Covers))))
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
