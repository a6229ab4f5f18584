using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// How much the panel keeps of what callers send. The panel is read, decided on and written as a whole in every run, so whoever can make it
/// grow without an end can stop the reactor. What the cluster holds (targets, members, windows) is bounded by the cluster.
/// </summary>
public static class PanelBounds
{
    /// <summary>Alerts remembered. Each takes up to a few KB, mostly well under one.</summary>
    public const int Alerts = 2_000;

    /// <summary>Open notices. There are about ten kinds, and one for each maintenance; more are left from a version that told each alert by itself.</summary>
    public const int Notices = 200;

    /// <summary>Evidence of one incident that is over. What stands is bounded by the alerts, the orders and the targets.</summary>
    public const int EndedEvidence = 200;

    /// <summary>Trips by hand that stand at once, in all incidents: more is a program that went wrong.</summary>
    public const int StandingOrders = 200;

    /// <summary>Targets that the answers kept name, all answers together: one order for the whole cluster names each of them.</summary>
    public const int AnsweredTargets = 5_000;

    /// <summary>Pieces of evidence that maintenance suppresses.</summary>
    public const int Suppressed = 500;

    /// <summary>Each of them is told as over, so not all at once.</summary>
    private const int NoticesEndedAtOnce = 100;

    internal static void Keep(Draft draft)
    {
        KeepAlerts(draft);
        KeepNotices(draft);
        KeepEvidence(draft);
        KeepSuppressed(draft);
        ForgetPaged(draft);
    }

    /// <summary>Why an order to trip by hand finds no room, or null.</summary>
    internal static string? NoRoomForTrip(Draft draft)
    {
        var standing = draft.Panel.Incidents.Values.Sum(i => i.Evidence.Values.Count(e => e is { Source: EvidenceSource.Human, Standing: true }));
        return standing < StandingOrders ? null : $"{standing} trips by hand stand already: reset some first";
    }

    /// <summary>A repeat of an old order gets its answer without the list of targets: forgotten altogether, it would be carried out again.</summary>
    internal static ImmutableSortedDictionary<string, OrderAnswer> WithFewerTargets(ImmutableSortedDictionary<string, OrderAnswer> orders)
    {
        var named = 0;
        foreach (var answer in orders.Values.OrderByDescending(o => o.At).ThenBy(o => o.RequestId, StringComparer.Ordinal))
        {
            named += answer.Targets.Length;
            if (named > AnsweredTargets && named > answer.Targets.Length && !answer.Targets.IsEmpty) // the latest keeps its own, however long
                orders = orders.SetItem(answer.RequestId, answer with { Targets = [] });
        }

        return orders;
    }

    private static void KeepAlerts(Draft draft)
    {
        var alerts = draft.Panel.Alerts;
        if (alerts.Count <= Alerts)
            return;
        var over = alerts
            .OrderBy(alert => Tells(draft, alert.Value)).ThenBy(alert => alert.Value.LastSeen).ThenBy(alert => alert.Key, StringComparer.Ordinal)
            .Take(alerts.Count - Alerts).Select(alert => alert.Key).ToList();
        draft.Panel = draft.Panel with { Alerts = alerts.RemoveRange(over) };
        Say(draft, "alerts", over.Count, Alerts, "those that are over first, then those that only page, then those of no known target, the oldest first");
    }

    /// <summary>The less it tells, the sooner it goes.</summary>
    private static int Tells(Draft draft, AlertMemory memory) => memory switch
    {
        { Counts: false } => 0,
        _ when !Causes.Trips(memory.Alert.Cause) => 1,
        _ when EvidenceFromAlerts.Stands(draft, memory) => 4,
        { Target: null } when Causes.ScopeOf(memory.Alert.Cause) == Scope.Target => 2,
        _ => 3,
    };

    private static void KeepNotices(Draft draft)
    {
        var over = draft.Panel.Notices
            .Where(notice => notice.Value.Severity <= Severity.Warning)
            .OrderBy(notice => notice.Value.Severity).ThenBy(notice => notice.Value.Since).ThenBy(notice => notice.Key, StringComparer.Ordinal)
            .Take(Math.Min(draft.Panel.Notices.Count - Notices, NoticesEndedAtOnce)).Select(notice => notice.Key).ToList();
        foreach (var key in over)
            Core.Notices.Resolve(draft, key, $"More than {Notices} notices were open: it is no longer followed by itself.");
        Say(draft, "notices", over.Count, Notices, "the least severe first, then the oldest");
    }

    private static void KeepEvidence(Draft draft)
    {
        foreach (var incident in draft.Panel.Incidents.Values)
        {
            if (incident.Evidence.Count <= EndedEvidence)
                continue;
            var ended = incident.Evidence.Where(e => !e.Value.Standing).OrderBy(e => e.Value.EndedAt).Select(e => e.Key).ToList();
            if (ended.Count <= EndedEvidence)
                continue;
            draft.Put(incident with { Evidence = incident.Evidence.RemoveRange(ended.Take(ended.Count - EndedEvidence)) });
            Say(draft, "ended evidence", ended.Count - EndedEvidence, EndedEvidence, "the oldest first; the audit trail keeps it", incident.Id);
        }
    }

    private static void KeepSuppressed(Draft draft)
    {
        var suppressed = draft.Panel.Suppressed;
        if (suppressed.Count <= Suppressed)
            return;
        var over = suppressed.OrderBy(s => s.Value.LastSeen).ThenBy(s => s.Key, StringComparer.Ordinal).Take(suppressed.Count - Suppressed).Select(s => s.Key).ToList();
        draft.Panel = draft.Panel with { Suppressed = suppressed.RemoveRange(over) };
        Say(draft, "suppressed evidence", over.Count, Suppressed, "what was seen longest ago first");
    }

    /// <summary>Of what is over nobody needs to know who was told.</summary>
    private static void ForgetPaged(Draft draft)
    {
        if (draft.Panel.PagedOn.Count <= draft.Panel.Incidents.Count + draft.Panel.Notices.Count)
            return;
        var open = draft.Panel.Incidents.Values.Select(i => i.DedupKey).Concat(draft.Panel.Notices.Values.Select(n => n.DedupKey)).ToHashSet(StringComparer.Ordinal);
        draft.Panel = draft.Panel with { PagedOn = draft.Panel.PagedOn.RemoveRange(draft.Panel.PagedOn.Keys.Where(key => !open.Contains(key))) };
    }

    private static void Say(Draft draft, string what, int count, int bound, string order, string? incident = null)
    {
        if (count <= 0)
            return;
        var before = draft.Panel.LetGo.GetValueOrDefault(what)?.Count ?? 0;
        draft.Panel = draft.Panel with { LetGo = draft.Panel.LetGo.SetItem(what, new LetGo(before + count, draft.Now)) };
        draft.Audit(AuditKind.Decision, Reason.PanelTrimmed, $"{count} {what} were let go, because at most {bound} are remembered: {order}", incident,
            facts: [("what", what), ("count", $"{count}"), ("bound", $"{bound}")]);
    }
}
