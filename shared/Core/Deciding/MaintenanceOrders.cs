namespace Sophia.Keda.Reactor.Core;

/// <summary>Orders to begin maintenance, and to end it early.</summary>
internal static class MaintenanceOrders
{
    /// <summary>More at once is a program that went wrong.</summary>
    private const int Most = 100;

    public static void Take(Draft draft, MaintenanceOrder order)
    {
        var (start, until) = (order.Start ?? order.ReceivedAt, order.Until);
        var overlapping = draft.Panel.Maintenance.Values.FirstOrDefault(m => m.Selection == order.Selection && m.Start < until && start < m.Until);
        if (draft.Now >= until)
            Ordering.Refuse(draft, order, Reason.OrderRefusedContradiction, $"it was over at {Words.Clock(until, draft.Now)} already");
        else if (overlapping is not null)
            Ordering.Refuse(draft, order, Reason.OrderRefusedContradiction, $"{order.Selection} is in maintenance already from {Words.Clock(overlapping.Start, draft.Now)} until {Words.Clock(overlapping.Until, draft.Now)} ({overlapping.Id}, by {overlapping.By}): end that first");
        else if (draft.Panel.Maintenance.Count >= Most)
            Ordering.Refuse(draft, order, Reason.OrderRefusedContradiction, $"{Most} maintenance windows are kept already: end some first");
        else if (order.Selection.Scope != Scope.Cluster && draft.Seen is { } seen && !seen.Knows(order.Selection))
            Ordering.Refuse(draft, order, Reason.OrderRefusedUnknownTarget, $"there is no ScaledObject in {order.Selection}");
        else
            Begin(draft, order, start, until);
    }

    public static void Take(Draft draft, MaintenanceEndOrder order)
    {
        if (draft.Panel.Maintenance.GetValueOrDefault(order.MaintenanceId) is not { } window)
        {
            var planned = draft.Policy.Maintenance.Any(p => p.Name == order.MaintenanceId);
            Ordering.Refuse(
                draft,
                order,
                planned ? Reason.OrderRefusedContradiction : Reason.OrderRefusedUnknownIncident,
                planned ? $"maintenance {order.MaintenanceId} stands in the policy file, and ends as that says" : $"there is no maintenance {order.MaintenanceId}, or it is over");
            return;
        }

        draft.Panel = draft.Panel with { Maintenance = draft.Panel.Maintenance.Remove(window.Id) };
        draft.Audit(AuditKind.Order, Reason.MaintenanceEnded, $"The maintenance {window.Id} of {window.Selection} was ended: {order.Reason}", actor: order.Actor, facts: ("maintenance", window.Id));
        draft.PendingAnswers.Add(new(order, true, Reason.MaintenanceEnded, order.Reason, null, null)
        {
            Next = $"Nothing keeps evidence from tripping {window.Selection} any more; what stands trips now in the normal way",
            Maintenance = window.Id,
        });
    }

    private static void Begin(Draft draft, MaintenanceOrder order, DateTimeOffset start, DateTimeOffset until)
    {
        var window = new OrderedMaintenance
        {
            // From the request, so that the same order has the same id whoever decides on it.
            Id = $"{start.UtcDateTime:yyyyMMdd-HHmm}-{Backoff.Hash(order.RequestId):x8}",
            Selection = order.Selection,
            Start = start,
            Until = until,
            Reason = order.Reason,
            By = order.By,
        };
        draft.Panel = draft.Panel with { Maintenance = draft.Panel.Maintenance.SetItem(window.Id, window) };
        draft.Audit(
            AuditKind.Order,
            Reason.MaintenanceOrdered,
            $"Maintenance {window.Id} of {window.Selection} from {start.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z until {until.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z: {order.Reason}",
            actor: order.Actor,
            facts: ("maintenance", window.Id));
        draft.PendingAnswers.Add(new(order, true, Reason.MaintenanceOrdered, order.Reason, null, null)
        {
            Next = $"From {start.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z until {until.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z nothing moves by itself in {window.Selection}: evidence is noted, and what still stands at the end trips then. Orders by hand count as always",
            Maintenance = window.Id,
        });
    }
}
