using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Tells people once of targets that can't work as they are written, in one note for all. Nothing else comes of them.</summary>
internal static class CantWork
{
    private const string Key = "cant-work";
    private const int Listed = 10;

    public static void Note(Draft draft)
    {
        if (draft.Seen is not { } seen || !draft.IsProbe)
            return;

        // While KEDA is sick it makes no HPA for anybody.
        var signs = draft.Panel.Signs;
        var sick = KedaHealth.Trouble(signs, seen, draft.Now) is not null;
        var all = ImmutableSortedDictionary.CreateBuilder<TargetId, Unworkable>();
        var atFault = Judging.AtFault(draft.Panel, seen);
        foreach (var view in seen.Targets.Values)
        {
            var before = draft.Panel.CantWork.GetValueOrDefault(view.Id);
            if (view.Deleting || Why(draft, view, atFault, before) is not { } why)
                continue;
            var anew = draft.Gap || (sick && Operators.Trouble(signs, seen, view.Id, draft.Now) is not null);
            all.Add(view.Id, before is null || (anew && !before.Told) ? new Unworkable(draft.Now, why, Told: false) : before with { Why = why });
        }

        foreach (var (id, before) in draft.Panel.CantWork)
            if (seen.IsUnknown(id))
                all[id] = before; // not to be seen now, and not mended for that

        var untold = all.Where(t => !t.Value.Told && draft.Now - t.Value.Since > draft.Policy.UnhealthyFor).ToList();
        foreach (var (id, which) in untold)
        {
            all[id] = which with { Told = true };
            draft.Audit(AuditKind.Decision, Reason.TargetCantWork, $"{id} can't work as it is written, and says nothing of KEDA's health: {which.Why}", target: id);
        }

        draft.Panel = draft.Panel with { CantWork = all.ToImmutable() };
        if (untold.Count > 0)
            Tell(draft, untold);
        else if (!all.Values.Any(w => w.Told))
            Notices.Resolve(draft, Key, "Each of them works now, is gone, or is told by an incident of its own.");
    }

    /// <summary>On its fallback it shows nothing: what was known of it before stays true until it comes back.</summary>
    private static string? Why(Draft draft, TargetView view, ImmutableSortedDictionary<TargetId, string> atFault, Unworkable? before)
    {
        var tripped = draft.Panel.Targets.ContainsKey(view.Id);
        if (!tripped && Pauses.Stops(view))
            return null;
        if (!tripped && Judging.CantWork(view) is { } why)
            return why;
        return !atFault.TryGetValue(view.Id, out var fault) ? null
            : tripped ? before?.Why
            : $"its configuration is at fault: {fault}{(draft.Panel.Windows.GetValueOrDefault(view.Id) is { NeverWorked: true } ? "" : "; it worked before, so it gets its fallback if that lasts")}";
    }

    private static void Tell(Draft draft, List<KeyValuePair<TargetId, Unworkable>> untold)
    {
        var listed = string.Join("; ", untold.Take(Listed).Select(t => $"{t.Key}: {t.Value.Why}"));
        Notices.Say(draft, Key, Severity.Info, cause: null, $"{Words.Count(untold.Count, "target")} can't work as written", new NoticeWords
        {
            Happened = $"In cluster {draft.Policy.Cluster} {listed}{(untold.Count > Listed ? $"; and {untold.Count - Listed} more" : "")}.",
            Did = "Nothing was changed. They count neither as failing nor as healthy, and trip nobody else: they say nothing of KEDA.",
            Next = "Nothing, until they work. In a trip, what has a workload gets its fallback; what has none is left alone.",
            YouMay = "Mend or delete them: kubectl describe scaledobject says what KEDA finds wrong.",
        });
    }
}
