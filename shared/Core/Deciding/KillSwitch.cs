namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Stops every write to the cluster at once, and says so. Decisions and audit go on: what would be written is known and waits. Time does not count
/// against what can't be written: no timeout, no attempt, no put-back; when writes are allowed again the clocks of what was under way begin anew.
/// </summary>
internal static class KillSwitch
{
    private const string Key = "kill-switch";

    /// <summary>
    /// The policy's key works like an order that only the policy takes back. So does observe-only that is switched on while targets are on their
    /// fallback: they stay there, and their incidents don't pass for over.
    /// </summary>
    public static void FollowPolicy(Draft draft)
    {
        var why = draft.Policy.WritesStopped ? "the policy says writes: stopped"
            : draft.Policy.ObserveOnly && !draft.Panel.Targets.IsEmpty ? $"the policy says observe-only, and {Words.Count(draft.Panel.Targets.Count, "target")} had been moved before"
            : null;
        if (why is not null && draft.Panel.WritesStop is null)
            On(draft, new WritesStop { At = draft.Now, By = "policy", Reason = why, ByPolicy = true }, AuditKind.Decision, "reactor");
        else if (why is null && draft.Panel.WritesStop is { ByPolicy: true })
            Off(draft, "the policy allows writes again", AuditKind.Decision, "reactor");
    }

    public static void Take(Draft draft, KillSwitchOrder order)
    {
        var stop = draft.Panel.WritesStop;
        if (order.Stop && stop is not null)
        {
            Ordering.Refuse(draft, order, Reason.OrderRefusedContradiction, stop.Words(draft.Now));
            return;
        }

        if (!order.Stop && stop is null or { ByPolicy: true })
        {
            Ordering.Refuse(draft, order, Reason.OrderRefusedContradiction, stop is null ? "writes are not stopped" : $"{stop.Words(draft.Now)}; only the policy takes that back");
            return;
        }

        if (order.Stop)
            On(draft, new WritesStop { At = draft.Now, By = order.By, Reason = order.Reason }, AuditKind.Order, order.Actor);
        else
            Off(draft, $"{order.By}: {order.Reason}", AuditKind.Order, order.Actor);
        draft.PendingAnswers.Add(new(order, true, order.Stop ? Reason.WritesStopped : Reason.WritesAllowed, order.Reason, null, null)
        {
            Next = order.Stop
                ? $"Nothing is written to the cluster until writes are allowed again: POST /api/kill-switch with off. {Words.Count(draft.Panel.Targets.Count, "target")} with marks of ours stay as they are"
                : "Writes go on with the next look; the time of what was under way begins anew",
        });
    }

    /// <summary>Incidents of which nothing has to be written may go on, and close.</summary>
    public static bool HoldsBack(Draft draft, Incident incident) => draft.Panel.WritesStop is not null && !incident.ObserveOnly
        && incident.Members.Any(m => m.Value.State == MemberState.Protected || draft.Panel.Targets.ContainsKey(m.Key) || incident.Recovery.Batch.Contains(m.Key));

    private static void On(Draft draft, WritesStop stop, AuditKind kind, string actor)
    {
        draft.Panel = draft.Panel with { WritesStop = stop };
        draft.Audit(kind, Reason.WritesStopped, $"Kill switch on: {stop.Words(draft.Now)}", actor: actor);
        Notices.Open(draft, Key, Severity.Critical, cause: null, "Kill switch on: the reactor writes nothing to the cluster", new NoticeWords
        {
            Happened = $"All {stop.Words(draft.Now)}.",
            Did = $"{Words.Count(draft.Panel.Targets.Count, "target")} with marks of ours stay exactly as they are.",
            Next = "It goes on watching, deciding and paging; what it decides is carried out when writes are allowed again.",
            YouMay = stop.ByPolicy ? "Allow writes in the policy (writes: allowed, mode: act) and restart." : "Allow writes again: POST /api/kill-switch with off.",
        });
    }

    private static void Off(Draft draft, string because, AuditKind kind, string actor)
    {
        var stopped = draft.Now - draft.Panel.WritesStop!.At;
        draft.Panel = draft.Panel with { WritesStop = null };
        foreach (var tripped in draft.Panel.Targets.Values.Where(t => t.HandbackSince is not null))
            draft.Put(tripped with { HandbackSince = draft.Now, Since = draft.Now });
        foreach (var tripped in draft.Panel.Targets.Values.Where(t => t.Phase == Phase.Tripping))
            draft.Put(tripped with { Since = draft.Now, Memory = tripped.Memory with { FloorUntil = draft.Now + draft.Policy.FloorPeriod } });
        foreach (var incident in draft.Panel.Incidents.Values.Where(i => !i.Recovery.Batch.IsEmpty))
        {
            draft.Put(incident with
            {
                Recovery = incident.Recovery with
                {
                    Since = draft.Now, InconclusiveSince = null, BatchBackAt = incident.Recovery.BatchBackAt is null ? null : draft.Now,
                },
            });
        }

        draft.Audit(kind, Reason.WritesAllowed, $"Kill switch off after {Words.Span(stopped)}: {because}", actor: actor);
        Notices.Resolve(draft, Key, $"Writes are allowed again after {Words.Span(stopped)}: {because}. What waited is written now.");
    }
}
