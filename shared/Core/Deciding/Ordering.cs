using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Human orders: trip, reset, hold, release, ack. Each is answered with what will happen, and the same requestId gets the same answer.</summary>
internal static class Ordering
{
    /// <summary>Answers kept for repeats; older ones are forgotten.</summary>
    private const int Kept = 200;

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
                Trip(draft, trip);
                break;
            case ResetOrder reset:
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

    private static void Trip(Draft draft, TripOrder order)
    {
        if (!draft.Policy.Enabled)
        {
            Refuse(draft, order, Reason.OrderRefusedDisabled, "the breaker is disabled in this environment (enabled: false)");
            return;
        }

        if (draft.Seen is { } seen && !seen.Knows(order.Selection))
        {
            Refuse(draft, order, Reason.OrderRefusedUnknownTarget, $"there is no ScaledObject in {order.Selection}");
            return;
        }

        if (Otherwise(draft, order) is { } otherwise)
        {
            Refuse(draft, order, Reason.OrderRefusedContradiction, otherwise);
            return;
        }

        var what = $"Tripped by hand by {order.By}: {order.Reason}";
        var found = new Found(Cause.Manual, "order/" + order.RequestId, EvidenceSource.Human, order.Selection, draft.Now, what);
        EvidenceBook.Write(draft, found, order.Action, order.Replicas, draft.Now + order.Duration);
        var incident = draft.Panel.OpenIncident(Cause.Manual)!;
        if (order.Hold)
            draft.Put(incident with { Hold = new Hold(Reason.HeldByHuman, order.By, order.Reason, draft.Now) });
        draft.PendingAnswers.Add(new(order, true, Reason.TripOrdered, what, incident.Id, order.Selection));
    }

    /// <summary>Targets of the order that are on another fallback than it asks for, in words; null when there are none. One fallback is not exchanged for another under load.</summary>
    private static string? Otherwise(Draft draft, TripOrder order)
    {
        if (order.Action is not { } action)
            return null;
        var other = draft.Panel.Targets.Values
            .Where(t => order.Selection.Covers(t.Id) && t.Phase != Phase.HandingBack)
            .Where(t => t.Memory.Action != action || (action == FallbackAction.Replicas && t.Memory.FixedReplicas != order.Replicas))
            .ToList();
        return other.Count == 0
            ? null
            : $"{other[0].Id} is on its fallback already: {Plan.Describe(other[0], draft.Policy, draft.Now)}{(other.Count > 1 ? $", and {other.Count - 1} more are" : "")}; reset first, then trip with action {action.ToString().ToLowerInvariant()}";
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
            var next = pending.Next ?? (pending.IncidentId is { } id && draft.Panel.Incidents.TryGetValue(id, out var incident) ? NextStep.Of(draft.Panel, incident, draft.Policy, draft.Now).Words : "Nothing: the incident is over");
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
            draft.Panel = draft.Panel with { Orders = kept.SetItem(answer.RequestId, answer) };
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

    /// <summary>Answers are kept in the panel, and the version before this one does not know the newest reasons: their nearest of old.</summary>
    private static Reason AsKept(Reason reason) => reason switch
    {
        Reason.MaintenanceOrdered or Reason.WritesStopped => Reason.HeldByHuman,
        Reason.MaintenanceEnded or Reason.WritesAllowed => Reason.ReleasedByHuman,
        _ => reason,
    };

    private static ImmutableArray<OrderedTarget> Targets(Draft draft, PendingAnswer pending)
    {
        if (!pending.Accepted || pending.Selection is null || draft.Seen is not { } seen)
            return [];
        return
        [
            .. Breakers.Shown(draft.Panel, seen).Where(pending.Selection.Covers).Select(id =>
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
            _ when pending.Order is ResetOrder => $"stays on its fallback until its turn: {Plan.Describe(tripped, draft.Policy, draft.Now)}",
            Phase.OnFallback => $"is on its fallback already: {Plan.Describe(tripped, draft.Policy, draft.Now)}",
            _ => $"{waits}pause, delete KEDA's HPA, then: {Plan.Describe(tripped, draft.Policy, draft.Now)}",
        };
    }
}
