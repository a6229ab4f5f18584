using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Marks of ours that stand on a target again although their trip is over: somebody applied a manifest of that time. No store was lost, so they
/// are not acted on. But their pause comes with them, KEDA takes its HPA away for it, and people must know.
/// </summary>
internal static class Replays
{
    /// <summary>For who may not write to the cluster through us.</summary>
    public const string ByHand = $"kubectl annotate scaledobject NAME {Annotations.Paused}- {Annotations.Incident}- {Annotations.Memory}-";

    private const string Key = "replayed-marks";
    private const int Listed = 10;

    /// <summary>So many are remembered; more are told as a number, and judged anew at each look.</summary>
    private const int Kept = 1_000;

    /// <summary>So many hand-backs, for so long; the trail knows the earlier ones.</summary>
    private const int KeptHandbacks = 500;

    private static readonly TimeSpan KeepsHandbacks = TimeSpan.FromDays(7);

    /// <summary>What of these is a replay is remembered as one, told, and given.</summary>
    public static ImmutableHashSet<TargetId> Find(Draft draft, Observation seen, IReadOnlyList<TargetView> marked)
    {
        ForgetHandbacks(draft);
        var known = draft.Panel.Replayed.Where(r => seen.IsUnknown(r.Key) || (seen.Targets.TryGetValue(r.Key, out var view) && !view.Deleting && r.Value.Are(view.Memory)))
            .ToImmutableSortedDictionary();
        var found = marked
            .Where(view => !known.ContainsKey(view.Id) && Adopting.Names(view.Memory))
            .Select(view => (View: view, Over: OverAt(draft, view.Id, view.Memory!)))
            .Where(one => one.Over is not null)
            .ToList();
        foreach (var (view, over) in found.Take(Math.Max(0, Kept - known.Count)))
            known = known.Add(view.Id, new ReplayedMarks(view.Memory!.IncidentId, view.Memory.TrippedAt, over!.Value, draft.Now));
        draft.Panel = draft.Panel with { Replayed = known };
        foreach (var named in found.GroupBy(one => one.View.Memory!.IncidentId, StringComparer.Ordinal))
        {
            draft.Audit(
                AuditKind.Decision,
                Reason.MarksReplayed,
                $"{Words.Count(named.Count(), "target")} with marks of {named.Key}, which is over for them: the marks were put back, no store was lost, and they are not acted on",
                named.Key,
                facts: ("targets", string.Join(", ", named.Select(one => one.View.Id))));
        }

        Tell(draft, seen, found.Count > 0);
        return [.. found.Select(one => one.View.Id), .. known.Keys];
    }

    /// <summary>Targets in a selection whose old marks nobody has begun to take away.</summary>
    public static ImmutableArray<TargetView> Of(Draft draft, Selection selection) => draft.Seen is not { } seen ? [] :
    [
        .. draft.Panel.Replayed.Keys
            .Where(id => selection.Covers(id) && !draft.Panel.Targets.ContainsKey(id) && seen.Targets.ContainsKey(id))
            .Select(id => seen.Targets[id]),
    ];

    /// <summary>By a human's order: the way of every hand-back, with nothing that it could go back to.</summary>
    public static void TakeAway(Draft draft, ImmutableArray<TargetView> views, ResetOrder order)
    {
        foreach (var view in views)
        {
            draft.Put(new TrippedTarget
            {
                Id = view.Id,
                Uid = view.Uid,
                IncidentId = view.Memory!.IncidentId,
                Phase = Phase.HandingBack,
                Since = draft.Now,
                HandbackSince = draft.Now,
                Memory = TripMemory.Clamped(view.Memory, view, draft.Policy, draft.Now) with { TrippedAt = draft.Now },
            });
        }

        draft.Audit(
            AuditKind.Order,
            Reason.ResetOrdered,
            $"Reset: old marks of {Words.Count(views.Length, "target")} and their pause are taken away: {order.Reason}",
            actor: order.Actor,
            facts: ("targets", string.Join(", ", views.Select(v => v.Id))));
    }

    /// <summary>A target is back with KEDA, and its marks are gone.</summary>
    public static void HandedBack(Draft draft, TargetId target) =>
        draft.Panel = draft.Panel with { HandedBack = draft.Panel.HandedBack.SetItem(target, draft.Now), Replayed = draft.Panel.Replayed.Remove(target) };

    /// <summary>When the trip that the memory tells of was over, as far as the panel and the store know; null when it may go on.</summary>
    private static DateTimeOffset? OverAt(Draft draft, TargetId target, TargetMemory memory)
    {
        DateTimeOffset?[] ends =
        [
            draft.Panel.HandedBack.TryGetValue(target, out var back) ? back : null,
            draft.Past.HandedBack.TryGetValue(target, out var before) ? before : null,
            draft.Past.Closed.TryGetValue(memory.IncidentId, out var closed) && !draft.Panel.Incidents.ContainsKey(memory.IncidentId) ? closed : null,
        ];
        return ends.Where(end => memory.TrippedAt < end).Max();
    }

    private static void ForgetHandbacks(Draft draft)
    {
        var known = draft.Panel.HandedBack;
        var old = known.Where(h => draft.Now - h.Value > KeepsHandbacks).Select(h => h.Key)
            .Concat(known.OrderByDescending(h => h.Value).Skip(KeptHandbacks).Select(h => h.Key)).ToList();
        if (old.Count > 0)
            draft.Panel = draft.Panel with { HandedBack = known.RemoveRange(old) };
    }

    private static void Tell(Draft draft, Observation seen, bool more)
    {
        var paused = draft.Panel.Replayed.Keys.Where(seen.Targets.ContainsKey).Select(id => seen.Targets[id]).Where(Pauses.IsOurs).ToList();
        if (paused.Count == 0 && draft.Panel.Replayed.Keys.Any(seen.IsUnknown))
            return;
        if (paused.Count == 0)
        {
            Notices.Resolve(draft, Key, "No target is paused any more by old marks that were put back.", "What a reset took away stands in the audit trail.");
            return;
        }

        if (draft.Panel.Notices.ContainsKey(Key) && !more)
            return;

        // KEDA's own HPA goes for the pause, if it has not gone yet.
        var alone = paused.Count(view => view.Hpas.All(hpa => hpa.Owner == HpaOwner.Keda));
        var listed = string.Join("; ", paused.Take(Listed).Select(view => $"{view.Id}: {draft.Panel.Replayed[view.Id].Words()}{Writer(view, draft.Now)}{(view.Hpas.All(hpa => hpa.Owner == HpaOwner.Keda) ? "" : $"; {Scaled.Words(view)}")}"));
        if (paused.Count > Listed)
            listed += $"; and {paused.Count - Listed} more";
        Notices.Say(draft, Key, Severity.Error, cause: null, alone > 0 ? $"Nobody scales {Words.Count(alone, "target")}: old marks were put back" : $"Old marks keep KEDA away from {Words.Count(paused.Count, "target")}", new NoticeWords
        {
            Happened = $"Marks of trips that are over stand on {Words.Count(paused.Count, "target")} again, with the pause of that time, for which KEDA deletes its HPA: {listed}.",
            Did = "Nothing was changed: the trips are over and no store was lost, so the marks are not acted on.",
            Next = "They stay as they are until a human decides. Looked at again at every probe.",
            YouMay = $"Take marks and pause away: {(draft.Policy.ObserveOnly ? ByHand : "POST /api/breakers/reset with the scope of the target, its namespace or the cluster")}. And take the annotations out of the manifest that brought them back, or it does so again.",
        });
    }

    private static string Writer(TargetView view, DateTimeOffset now) => view.LastWriter is { } writer ? $" (last written by field manager {writer.Manager}, {Words.Clock(writer.At, now)})" : "";
}
