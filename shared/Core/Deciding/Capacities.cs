using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Whether the replicas that fallbacks ask for are there: an HPA that stands promises them, and nobody is served by a promise.</summary>
internal static class Capacities
{
    private const int Listed = 10;

    /// <summary>What the target's fallback asks for by this look, and since when it is there.</summary>
    public static TrippedTarget Follow(Draft draft, TrippedTarget tripped, TargetView view)
    {
        // Gone with nobody having said when: not before its way to the fallback began, and that is what the window is counted from.
        tripped = tripped with { KedaGoneAt = view.KedaHpa is null ? tripped.KedaGoneAt ?? tripped.Since : null };
        if (view.Replicas is null || Shortfall.Asked(tripped, view, Plan.FallbackOf(tripped, view, draft.Policy, draft.Now), draft.Now) is not { } asked)
            return tripped with { Capacity = null };
        var known = tripped.Capacity;
        var there = view.Replicas.Source != ReplicaSource.Nobody && view.Replicas.Available >= asked;
        // Somebody else's count is no shortfall of ours, and neither is any once KEDA can't have been the last to act.
        var told = Plan.Known(view) >= asked || Shortfall.SetByOthers(tripped.Memory, view) || !Shortfall.CanBeKedas(tripped, draft.Now);
        var capacity = new Capacity(asked, told ? null : (known?.Asked == asked ? known.ShortSince : null) ?? draft.Now, there ? known?.ThereSince ?? draft.Now : null);
        return tripped with { Capacity = capacity == known ? known : capacity };
    }

    /// <summary>
    /// The target's fallback stands and is told of. Its replicas are told with it when they are there, else once they are: that is when it is
    /// protected.
    /// </summary>
    public static TrippedTarget Note(Draft draft, TrippedTarget tripped, TargetView view)
    {
        if (tripped is not { ToldThere: false, Phase: Phase.OnFallback, Capacity: { ThereSince: not null } capacity })
            return tripped;
        draft.Audit(
            AuditKind.Decision,
            Reason.ReplicasInPlace,
            $"{tripped.Id} has the replicas that its fallback asks for: {capacity.Asked} asked for, {view.Replicas!.Available} ready, {Words.Span(draft.Now - tripped.Memory.TrippedAt)} after its trip",
            tripped.IncidentId,
            tripped.Id,
            facts: [("tripped", $"{tripped.Memory.TrippedAt:O}"), ("asked", $"{capacity.Asked}"), ("ready", $"{view.Replicas.Available}")]);
        return tripped with { ToldThere = true };
    }

    /// <summary>Once the page said that some were missing: when they are there.</summary>
    public static void Tell(Draft draft, Incident incident)
    {
        if (incident is not { FallbackInPlaceAt: not null, ReplicasThereAt: null } || draft.Seen is null)
            return;
        var (wanted, missing) = Of(draft, incident);
        if (wanted.Count == 0 || missing.Count > 0)
            return;
        draft.Put(incident with { ReplicasThereAt = draft.Now });
        if (incident.ReplicasMissing)
            IncidentPages.News(draft, incident.Id, Severity.Info, "the replicas that the fallbacks ask for are there", Say(draft, incident));
    }

    /// <summary>How many replicas the fallbacks of an incident ask for and how many are ready; empty when nothing is asked for.</summary>
    public static string Say(Draft draft, Incident incident)
    {
        var (wanted, missing) = Of(draft, incident);
        if (wanted.Count == 0)
            return "";
        var said = $"Replicas: {wanted.Sum(t => t.Capacity!.Asked)} asked for, {wanted.Sum(t => Ready(draft, t))} ready";
        var lifted = wanted.Where(t => t.Lifted is not null).ToList();
        var ours = lifted.Count == 0 ? "" : $" Raised through /scale by the reactor: {Cut(lifted.Select(t => $"{t.Id} {OfLift(t.Lifted!)}"))}.";
        if (missing.Count == 0)
            return $"{said} since {Words.Clock(wanted.Max(t => t.Capacity!.ThereSince)!.Value, draft.Now)}.{ours}";
        var due = Shortfall.NextDue(missing, draft.Now);
        return $"{said}; missing in {missing.Count}: {Cut(missing.Select(t => $"{t.Id} {Ready(draft, t)} of {t.Capacity!.Asked}"))}.{ours}"
            + (due is { } at ? $" What the fallback HPAs have not asked for by {Words.Clock(at, draft.Now)} the reactor asks for itself." : "");
    }

    /// <summary>True when all replicas that the fallbacks of an incident ask for are there.</summary>
    public static bool AllThere(Draft draft, Incident incident) => Of(draft, incident).Missing.Count == 0;

    /// <summary>"from 4 to 10: its HPA did not act in time".</summary>
    public static string OfLift(Lifted lifted) => $"from {lifted.From} to {lifted.To} ({lifted.Why})";

    /// <summary>Why a workload was raised through /scale, as people are told it.</summary>
    public static string Why(Reason because) => because switch
    {
        Reason.RaisedFromZero => "an HPA does nothing at 0",
        Reason.RaisedToFloor => "so many ran at the trip or just before",
        Reason.RaisedToCron => "its cron triggers ask for them",
        Reason.RaisedWithoutHpa => "its fallback HPA had not after two syncs",
        Reason.ReplicasRaised => "by an order",
        Reason.FixedReplicas => "fixed there",
        Reason.PausedByOthersMeanwhile => "its pause at a count asks for them",
        _ => throw new System.Diagnostics.UnreachableException($"raised because of {because}"),
    };

    private static (List<TrippedTarget> Wanted, List<TrippedTarget> Missing) Of(Draft draft, Incident incident)
    {
        var wanted = incident.Members.Where(m => m.Value.State == MemberState.Protected)
            .Select(m => draft.Panel.Targets.GetValueOrDefault(m.Key))
            .Where(t => t is { Phase: not Phase.HandingBack, Capacity: not null }).Select(t => t!).ToList();
        return (wanted, wanted.FindAll(t => t.Capacity!.ThereSince is null));
    }

    private static int Ready(Draft draft, TrippedTarget tripped) => draft.Seen?.Targets.GetValueOrDefault(tripped.Id)?.Replicas?.Available ?? 0;

    private static string Cut(IEnumerable<string> parts)
    {
        var all = parts.ToImmutableArray();
        return string.Join(", ", all.Take(Listed)) + (all.Length > Listed ? $" and {all.Length - Listed} more" : "");
    }
}
