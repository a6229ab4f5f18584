using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Human orders: trip, reset, hold, release, ack. Each is answered with what will happen, and the same requestId gets the same answer.</summary>
internal static class Ordering
{
    /// <summary>Answers kept for repeats; older ones are forgotten.</summary>
    private const int Kept = 200;

    private const int Listed = 3;

    public static void Take(Draft draft, Order order)
    {
        if (draft.Panel.Orders.TryGetValue(order.RequestId, out var answered))
        {
            draft.Judge(
                new Verdict { Key = order.Key, Accepted = answered.Accepted, Reason = Reason.OrderRepeated, Because = "the same requestId was answered before", IncidentId = answered.IncidentId, Answer = answered },
                order.Actor);
            return;
        }

        switch (order)
        {
            case TripOrder trip:
                TripOrders.Take(draft, trip);
                break;
            case ResetOrder reset:
                Resetting.Take(draft, reset);
                break;
            case IncidentResetOrder reset:
                Resetting.Take(draft, reset);
                break;
            case IncidentOrder incident:
                OnIncident(draft, incident);
                break;
            case KillSwitchOrder kill:
                KillSwitch.Take(draft, kill);
                break;
            case MaintenanceOrder maintenance:
                MaintenanceOrders.Take(draft, maintenance);
                break;
            case MaintenanceEndOrder end:
                MaintenanceOrders.Take(draft, end);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(order.GetType().Name);
        }
    }

    private static void OnIncident(Draft draft, IncidentOrder order)
    {
        if (!draft.Panel.Incidents.TryGetValue(order.IncidentId, out var incident))
        {
            Refuse(draft, order, Reason.OrderRefusedUnknownIncident, $"there is no open incident {order.IncidentId}");
            return;
        }

        switch (order.Kind)
        {
            case IncidentOrderKind.Hold when incident.Hold is { } hold:
                Refuse(draft, order, Reason.OrderRefusedContradiction, $"it is held already since {Words.Clock(hold.At, draft.Now)} by {hold.By}: {hold.Words}");
                return;
            case IncidentOrderKind.Hold:
                PuttingBack.Hold(draft, incident.Id, Reason.HeldByHuman, order.Actor, order.Reason);
                break;
            case IncidentOrderKind.Release when incident.Hold is null:
                Refuse(draft, order, Reason.OrderRefusedContradiction, "it is not held");
                return;
            case IncidentOrderKind.Release:
                draft.Put(incident with
                {
                    Hold = null, Attempts = 0, Recovery = incident.Recovery with { NotBefore = null, InconclusiveSince = null },
                });
                draft.Audit(AuditKind.Order, Reason.ReleasedByHuman, $"Released: {order.Reason}", incident.Id, actor: order.Actor);
                IncidentPages.News(draft, incident.Id, Severity.Info, "Recovery goes on: the hold was released", $"{order.By} released the hold: {order.Reason}.");
                break;
            case IncidentOrderKind.Ack:
                draft.Put(incident with { AcknowledgedBy = order.By });
                draft.Audit(AuditKind.Order, Reason.AcknowledgedByHuman, $"Acknowledged: {order.Reason}", incident.Id, actor: order.Actor);
                if (incident.AcknowledgedBy is null)
                    IncidentPages.Acknowledged(draft, incident.Id, order.By, order.Reason);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{order.Kind}");
        }

        var reason = order.Kind switch
        {
            IncidentOrderKind.Hold => Reason.HeldByHuman,
            IncidentOrderKind.Release => Reason.ReleasedByHuman,
            _ => Reason.AcknowledgedByHuman,
        };
        draft.PendingAnswers.Add(new(order, true, reason, order.Reason, incident.Id, null));
    }

    public static void Refuse(Draft draft, Order order, Reason reason, string detail) =>
        draft.PendingAnswers.Add(new(order, false, reason, detail, null, null));

    /// <summary>At the end of the run, when it is known what becomes of each target.</summary>
    public static void Answer(Draft draft)
    {
        foreach (var pending in draft.PendingAnswers)
        {
            var next = Next(draft, pending);
            if (pending is { Accepted: true, Order: TripOrder trip } && Maintenances.Over(Maintaining.Active(draft), trip.Selection) is { } window)
                next += $". The {window.Words} does not stop orders by hand; while it lasts, only an order gives back";
            var answer = new OrderAnswer
            {
                RequestId = pending.Order.RequestId,
                At = draft.Now,
                Accepted = pending.Accepted,
                Reason = AsKept(pending.Reason),
                Detail = pending.Detail,
                IncidentId = pending.IncidentId,
                Maintenance = pending.Maintenance,
                Targets = Targets(draft, pending),
                Next = pending.Accepted ? next : "",
            };
            var kept = draft.Panel.Orders;
            if (kept.Count >= Kept)
                kept = kept.RemoveRange(kept.OrderBy(o => o.Value.At).Take(kept.Count - Kept + 1).Select(o => o.Key));
            draft.Panel = draft.Panel with { Orders = PanelBounds.WithFewerTargets(kept.SetItem(answer.RequestId, answer)) };
            draft.Judge(
                new Verdict
                {
                    Key = pending.Order.Key,
                    Accepted = pending.Accepted,
                    Reason = pending.Reason,
                    Because = pending.Accepted ? pending.Detail : $"refused, because {pending.Detail}",
                    IncidentId = pending.IncidentId,
                    Answer = answer,
                },
                pending.Order.Actor);
        }
    }

    /// <summary>Of the one target that was asked about, or of each incident that the order is about.</summary>
    private static string Next(Draft draft, PendingAnswer pending)
    {
        if (pending.Next is { } said)
            return said;
        if (pending.Selection is { Scope: Scope.Target, Namespace: { } ns, Name: { } name } && new TargetId(ns, name) is var id
            && draft.Panel.Targets.ContainsKey(id) && draft.Seen is { } seen && Breakers.One(draft.Panel, seen, draft.Policy, id) is { } one)
            return one.Next;
        var steps = pending.Incidents.Where(draft.Panel.Incidents.ContainsKey)
            .Select(i => (Id: i, NextStep.Of(draft.Panel, draft.Incident(i), draft.Policy, draft.Now).Words))
            .ToList();
        return steps.Count == 0 ? "Nothing: the incident is over"
            : steps.TrueForAll(s => s.Words == steps[0].Words) ? steps[0].Words
            : string.Join("; ", steps.Take(Listed).Select(s => $"{s.Id}: {s.Words}")) + (steps.Count > Listed ? $"; and {steps.Count - Listed} more incidents" : "");
    }

    /// <summary>The incident that wants this target on its fallback and is none of these; null when no other does.</summary>
    public static string? Keeper(Draft draft, TargetId id, ImmutableArray<string> but) => draft.Panel.Incidents.Values
        .FirstOrDefault(i => !but.Contains(i.Id) && i.Members.GetValueOrDefault(id) is { State: MemberState.Protected })?.Id;

    /// <summary>Answers are kept in the panel, and the version before this one does not know the newest reasons: their nearest of old.</summary>
    private static Reason AsKept(Reason reason) => reason switch
    {
        Reason.MaintenanceOrdered or Reason.WritesStopped => Reason.HeldByHuman,
        Reason.MaintenanceEnded or Reason.WritesAllowed => Reason.ReleasedByHuman,
        _ => reason,
    };

    private static ImmutableArray<OrderedTarget> Targets(Draft draft, PendingAnswer pending)
    {
        if (!pending.Accepted || (pending.Selection is null && pending.Only is null) || draft.Seen is not { } seen)
            return [];
        bool Meant(TargetId id) => pending.Only?.Contains(id) ?? pending.Selection!.Covers(id);
        return
        [
            .. Breakers.Shown(draft.Panel, seen).Where(Meant).Select(id =>
            {
                var view = Breakers.One(draft.Panel, seen, draft.Policy, id)!;
                return new OrderedTarget(id.Namespace, id.Name, view.State, seen.UnknownBecause(id) is { } why ? $"nothing until it can be read: {why}" : WillDo(draft, id, pending));
            }),
        ];
    }

    private static string WillDo(Draft draft, TargetId id, PendingAnswer pending)
    {
        var incidents = draft.Panel.Incidents.Values.Where(i => i.Members.ContainsKey(id)).ToList();
        if (incidents.Find(i => i.Id == pending.IncidentId)?.Members[id] is { State: MemberState.LeftAlone } alone)
            return $"nothing: {alone.Note}";
        var waits = draft.Panel.WritesStop is null ? "" : "when writes are allowed again: ";
        if (draft.Panel.Targets.GetValueOrDefault(id) is not { } tripped)
        {
            return draft.Policy.ObserveOnly ? "would be moved to its fallback (observe-only: nothing is written)"
                : pending.Order is TripOrder ? $"{waits}moves to its fallback"
                : $"nothing: {Untouchable.Of(draft.Panel, draft.Seen!.Targets[id])?.Note ?? Scaled.Words(draft.Seen.Targets[id])}";
        }

        return tripped.Phase switch
        {
            Phase.HandingBack => $"{waits}un-pause, wait for KEDA's HPA, then delete the fallback HPA",
            _ when pending.Order is not TripOrder && Keeper(draft, id, pending.Incidents) is { } keeper => $"stays on its fallback until incident {keeper} allows it too: {Plan.Describe(tripped, draft.Policy, draft.Now)}",
            _ when pending.Order is not TripOrder => $"stays on its fallback until its turn: {Plan.Describe(tripped, draft.Policy, draft.Now)}",
            _ when tripped.HeldBecause.Length > 0 => $"nothing until this is over: {tripped.HeldBecause}",
            Phase.OnFallback when pending.Order is TripOrder { Least: not null } && tripped.Memory.Raised is { } raised && raised.To > tripped.RaisedSeen =>
                $"{waits}is raised at once: {Plan.Describe(tripped, draft.Policy, draft.Now)}",
            Phase.OnFallback => $"is on its fallback already: {Plan.Describe(tripped, draft.Policy, draft.Now)}",
            _ => $"{waits}pause, delete KEDA's HPA, then: {Plan.Describe(tripped, draft.Policy, draft.Now)}",
        };
    }
}
