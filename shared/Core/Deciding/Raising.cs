using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// More replicas during an incident: by an order, or by hand on the fallback HPA's min. Upward only, the greatest wins, never above the target's
/// max, and until the incidents end that have it on its fallback. It neither trips nor holds anything.
/// </summary>
internal static class Raising
{
    private const int Listed = 10;

    /// <summary>True for an order for more replicas of what is on its fallback already, and nothing else.</summary>
    public static bool Only(Draft draft, TripOrder order)
    {
        if (order is not { Least: not null, Duration: null, Hold: false } || !Away(draft, order).Any())
            return false;
        return draft.Seen is not { } seen || seen.Targets.Values
            .Where(v => order.Selection.Covers(v.Id) && draft.Panel.Targets.GetValueOrDefault(v.Id) is not { Phase: not Phase.HandingBack })
            .All(v => Untouchable.Of(draft.Panel, v) is not null);
    }

    public static void Take(Draft draft, TripOrder order)
    {
        var least = order.Least!.Value;
        var away = Away(draft, order).ToList();
        var raised = new List<TrippedTarget>();
        foreach (var tripped in away)
        {
            var most = Math.Max(1, draft.Seen?.Targets.GetValueOrDefault(tripped.Id)?.Max ?? tripped.Memory.Max);
            var before = Of(draft.Panel, tripped.Id)?.To ?? 0;
            Raise(draft, tripped.Id, new Raised(Math.Min(least, most), order.By, draft.Now));
            if (Of(draft.Panel, tripped.Id)?.To > before)
                raised.Add(draft.Panel.Targets[tripped.Id]);
        }

        var incidents = away.Select(t => Holder(draft, t.Id)).OfType<string>().Distinct(StringComparer.Ordinal).ToImmutableArray();
        var words = $"at least {least} replicas by hand by {order.By}: {order.Reason}";
        foreach (var told in raised.GroupBy(t => Holder(draft, t.Id), StringComparer.Ordinal))
        {
            draft.Audit(AuditKind.Order, Reason.ReplicasRaised, $"More replicas for {Words.Count(told.Count(), "target")}: {words}", told.Key, actor: order.Actor, facts: ("targets", string.Join(", ", told.Select(t => t.Id))));
            Tell(draft, told.Key, $"{Words.Count(told.Count(), "target")} with more replicas, by {order.By}", $"{order.By} asked for at least {least} replicas: {order.Reason}.", [.. told]);
        }

        draft.PendingAnswers.Add(new(order, true, Reason.TripOrdered, words, incidents.FirstOrDefault(), order.Selection) { Incidents = incidents });
    }

    /// <summary>
    /// A min above ours that somebody else wrote into our fallback HPA is kept. One below ours is put back: the workload would lose what it has
    /// at the next calm moment.
    /// </summary>
    public static void Note(Draft draft)
    {
        if (draft.Seen is not { } seen)
            return;
        var raised = new List<(TrippedTarget Tripped, Raised By)>();
        foreach (var tripped in draft.Panel.Targets.Values.Where(t => t.Phase != Phase.HandingBack))
        {
            if (seen.Targets.GetValueOrDefault(tripped.Id) is not { FallbackHpa: { MinSetBy.Length: > 0 } here } view || tripped.Memory.Action != FallbackAction.Cpu)
                continue;
            var by = new Raised(Math.Min(here.Min, view.Max), $"field manager {here.MinSetBy}", draft.Now);
            if (by.To <= Plan.FallbackOf(tripped, view, draft.Policy, draft.Now).Min)
                continue;
            Raise(draft, tripped.Id, by);
            draft.Audit(AuditKind.Decision, Reason.ReplicasRaised, $"{tripped.Id}: the min of {here.Name} was raised by hand to {here.Min} ({by.By}); kept until it is back with KEDA", tripped.IncidentId, tripped.Id);
            raised.Add((draft.Panel.Targets[tripped.Id], by));
        }

        foreach (var told in raised.GroupBy(r => Holder(draft, r.Tripped.Id), StringComparer.Ordinal))
            Tell(draft, told.Key, $"{Words.Count(told.Count(), "fallback")} raised by hand", "Somebody raised the min of a fallback HPA, and it is kept.", [.. told.Select(r => r.Tripped)]);
    }

    /// <summary>What holds for a target now: of all incidents that have it on its fallback the greatest.</summary>
    public static Raised? Of(Panel panel, TargetId id)
    {
        Raised? greatest = null;
        foreach (var incident in panel.Incidents.Values)
            if (incident.Members.GetValueOrDefault(id) is { State: MemberState.Protected, Raised: { } raised })
                greatest = Raised.Greatest(greatest, raised);
        return greatest;
    }

    public static void Raise(Draft draft, string incidentId, TargetId id, Raised raised)
    {
        var incident = draft.Incident(incidentId);
        var member = incident.Members[id];
        draft.Put(incident with { Members = incident.Members.SetItem(id, member with { Raised = Raised.Greatest(member.Raised, raised) }) });
    }

    /// <summary>Of all incidents that have it there: it lasts until the last of them ends.</summary>
    private static void Raise(Draft draft, TargetId id, Raised raised)
    {
        foreach (var incident in draft.Panel.Incidents.Values)
            if (incident.Members.GetValueOrDefault(id) is { State: MemberState.Protected })
                Raise(draft, incident.Id, id, raised);
        var tripped = draft.Panel.Targets[id];
        draft.Put(tripped with { Memory = tripped.Memory with { Raised = Of(draft.Panel, id) } });
    }

    private static IEnumerable<TrippedTarget> Away(Draft draft, TripOrder order) =>
        draft.Panel.Targets.Values.Where(t => order.Selection.Covers(t.Id) && t.Phase != Phase.HandingBack && draft.Panel.WantsFallback(t.Id));

    /// <summary>The incident that tells of it: the one whose name it carries, or another when that one is over.</summary>
    private static string? Holder(Draft draft, TargetId id)
    {
        var named = draft.Panel.Targets[id].IncidentId;
        return draft.Panel.Incidents.ContainsKey(named)
            ? named
            : draft.Panel.Incidents.Values.FirstOrDefault(i => i.Members.GetValueOrDefault(id) is { State: MemberState.Protected })?.Id;
    }

    private static void Tell(Draft draft, string? incident, string title, string happened, ImmutableArray<TrippedTarget> targets)
    {
        if (incident is null)
            return;
        var listed = string.Join(" ", targets.Take(Listed).Select(t => $"{t.Id}: {Plan.Describe(t, draft.Policy, draft.Now)}."));
        IncidentPages.News(draft, incident, Severity.Info, title, $"{happened} {listed}{(targets.Length > Listed ? $" And {targets.Length - Listed} more." : "")}");
    }
}
