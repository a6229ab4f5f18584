using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// A trip by hand: an incident of its own, with the targets that the order names, its own end and its own page. A target of several is handed
/// back when all of them allow it, so that nobody's order ends another's.
/// </summary>
internal static class TripOrders
{
    public static void Take(Draft draft, TripOrder order)
    {
        if (!draft.Policy.Enabled)
            Ordering.Refuse(draft, order, Reason.OrderRefusedDisabled, "the breaker is disabled in this environment (enabled: false)");
        else if (draft.Seen is { } seen && !seen.Knows(order.Selection))
            Ordering.Refuse(draft, order, Reason.OrderRefusedUnknownTarget, $"there is no ScaledObject in {order.Selection}");
        else if ((Otherwise(draft, order) ?? AboveMax(draft, order)) is { } contradiction)
            Ordering.Refuse(draft, order, Reason.OrderRefusedContradiction, contradiction);
        else if (Raising.Only(draft, order))
            Raising.Take(draft, order);
        else
            Trip(draft, order);
    }

    private static void Trip(Draft draft, TripOrder order)
    {
        var what = $"Tripped by hand by {order.By}: {order.Reason}";

        // An order whose answer was forgotten long ago, and that still stands, is not given twice.
        var incident = draft.Panel.Incidents.Values.FirstOrDefault(i => i.Evidence.GetValueOrDefault(order.Key) is { Standing: true });
        if (incident is null && PanelBounds.NoRoomForTrip(draft) is { } full)
        {
            Ordering.Refuse(draft, order, Reason.OrderRefusedContradiction, full);
            return;
        }

        incident ??= EvidenceBook.Open(draft, order, what);
        draft.PendingAnswers.Add(new(order, true, Reason.TripOrdered, what, incident.Id, order.Selection));
    }

    /// <summary>
    /// Targets of the order that are on another fallback than it asks for, in words; null when there are none. One fallback is not exchanged for
    /// another under load. A number is no other fallback: it is taken upward.
    /// </summary>
    private static string? Otherwise(Draft draft, TripOrder order)
    {
        if (order.Action is not { } action || action == FallbackAction.Replicas)
            return null;
        var other = draft.Panel.Targets.Values
            .Where(t => order.Selection.Covers(t.Id) && t.Phase != Phase.HandingBack && t.Memory.Action != action)
            .ToList();
        return other.Count == 0
            ? null
            : $"{other[0].Id} is on its fallback already: {Plan.Describe(other[0], draft.Policy, draft.Now)}{(other.Count > 1 ? $", and {other.Count - 1} more are" : "")}; reset first, then trip with action {action.ToString().ToLowerInvariant()}";
    }

    /// <summary>Of many targets each gets as many as its own max allows; of one that is named, more than that is a mistake.</summary>
    private static string? AboveMax(Draft draft, TripOrder order)
    {
        if (order is not { Least: { } least, Selection: { Scope: Scope.Target, Namespace: { } ns, Name: { } name } })
            return null;
        var id = new TargetId(ns, name);
        var max = draft.Seen?.Targets.GetValueOrDefault(id)?.Max ?? draft.Panel.Targets.GetValueOrDefault(id)?.Memory.Max;
        return least > max ? $"{id} may have at most {max} replicas (its maxReplicaCount), and {least} were asked for" : null;
    }
}
