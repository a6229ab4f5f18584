namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Tripped targets with a cron trigger that can't be evaluated: a zone that this machine lacks, or what KEDA refuses. What it asks for is not
/// known then, and nobody's 0: the floor keeps what ran until the target is back with KEDA, and people are told.
/// </summary>
internal static class CronsUnread
{
    /// <summary>Which can't be, and why; empty where all can, or where no CPU HPA keeps the promise of any.</summary>
    public static string Of(TargetMemory memory, TargetView view) => memory.Action == FallbackAction.Cpu ? CronTriggers.Unread(view.Triggers) : "";

    /// <summary>Somebody edited its triggers meanwhile.</summary>
    public static TrippedTarget Follow(Draft draft, TrippedTarget tripped, TargetView view)
    {
        var now = Of(tripped.Memory, view);
        if (now == tripped.CronUnread)
            return tripped;
        tripped = tripped with { CronUnread = now };
        Note(draft, tripped);
        if (now.Length > 0 && draft.Panel.Incidents.GetValueOrDefault(tripped.IncidentId) is { TripTold: true })
            IncidentPages.News(draft, tripped.IncidentId, Severity.Warning, $"a cron trigger of {tripped.Id} can't be evaluated", $"{Words(tripped)}.");
        return tripped;
    }

    public static void Note(Draft draft, TrippedTarget tripped)
    {
        if (tripped.CronUnread.Length > 0)
            draft.Audit(AuditKind.Decision, Reason.CronNotEvaluated, Words(tripped), tripped.IncidentId, tripped.Id);
    }

    /// <summary>For a page about these targets: " What the cron triggers of … ask for can't be told…", or nothing.</summary>
    public static string Among(Draft draft, IEnumerable<TargetId> targets) => string.Concat(targets
        .Select(id => draft.Panel.Targets.GetValueOrDefault(id)).OfType<TrippedTarget>().Where(t => t.CronUnread.Length > 0)
        .Take(MostTold).Select(t => $" {Words(t)}."));

    /// <summary>So many are named on one page; each has its own line there besides.</summary>
    private const int MostTold = 5;

    private static string Words(TrippedTarget tripped) =>
        $"What the cron triggers of {tripped.Id} ask for can't be told, so it keeps at least {Core.Words.Count(tripped.Memory.Floor, "replica")}, as ran, until it is back with KEDA: {tripped.CronUnread}";
}
