using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Which failing targets say something of KEDA, and which only of themselves.</summary>
internal static class Judging
{
    /// <summary>One deleted Secret shows on all that use it within one poll and one reconcile.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromMinutes(5);

    private const int Several = 3;

    /// <summary>Why it can't work as it is written, or null. Any doubt is none: it is judged then.</summary>
    public static string? CantWork(TargetView view) => view switch
    {
        { KindServed: false } => $"its kind {view.Workload.Kind} ({view.Workload.ApiVersion}) is not served here, or has no /scale",
        { Replicas: null } => $"its {view.Workload} does not exist",
        { KedaHpa: null, HpaNamed: false } => Words.With("KEDA never made an HPA for it", view.Ready is { IsFalse: true } ready ? Words.With(ready.Reason, ready.Message) : ""),
        _ => null,
    };

    /// <summary>
    /// Targets that say nothing of KEDA's health: what can't work, and what fails for a fault of its own configuration. Words of configuration
    /// leave nobody out when several began to fail at once: a Secret that somebody deleted reads like a trigger that was never right.
    /// </summary>
    public static ImmutableHashSet<TargetId> Silent(Panel panel, Observation seen)
    {
        var silent = seen.Targets.Values.Where(v => CantWork(v) is not null).Select(v => v.Id).ToImmutableHashSet();
        return silent.Union(AtFault(panel, seen).Keys);
    }

    /// <summary>
    /// Targets with a workload and an HPA that fail for a fault of their own configuration, each with the words that say so. None while several
    /// began to fail at once.
    /// </summary>
    public static ImmutableSortedDictionary<TargetId, string> AtFault(Panel panel, Observation seen)
    {
        var failing = Failing(panel, seen).Where(f => seen.Targets.GetValueOrDefault(f.Id) is not { } view || CantWork(view) is null).ToList();
        var began = failing.Select(f => f.BeganAt).OfType<DateTimeOffset>().Order().ToList();
        for (var i = Several - 1; i < began.Count; i++)
            if (began[i] - began[i - Several + 1] <= AtOnce)
                return ImmutableSortedDictionary<TargetId, string>.Empty;
        return failing
            .Select(f => (f.Id, Words: f.Words.FirstOrDefault(ConfigurationFault.Reads)))
            .Where(f => f.Words is not null)
            .ToImmutableSortedDictionary(f => f.Id, f => f.Words!);
    }

    /// <summary>
    /// Why a target is not moved although it fails: it is at fault as it is written, and never worked since we look. There is nothing that KEDA
    /// did for it and a fallback would keep up. One that worked before is moved: a Secret that somebody deleted reads the same.
    /// </summary>
    public static string? NeverWorked(Panel panel, TargetView view) => panel.Windows.GetValueOrDefault(view.Id) is { NeverWorked: true, Failures: > 0 } window
        ? Said(view).Prepend(window.FailingBecause).FirstOrDefault(ConfigurationFault.Reads)
        : null;

    /// <summary>Those that fail now, and those that are on their fallback because they did: their status is frozen by our pause.</summary>
    private static IEnumerable<(TargetId Id, DateTimeOffset? BeganAt, IEnumerable<string> Words)> Failing(Panel panel, Observation seen)
    {
        foreach (var (id, window) in panel.Windows)
            if (window.Failures > 0 && seen.Targets.TryGetValue(id, out var view))
                yield return (id, window.BeganAt, [window.FailingBecause, .. Said(view)]);
        if (panel.OpenIncident(Cause.ScalerErrors) is not { } incident)
            yield break;
        foreach (var (id, _) in incident.Members.Where(m => m.Value.State == MemberState.Protected && !seen.IsUnknown(m.Key) && panel.Windows.GetValueOrDefault(m.Key) is not { Failures: > 0 }))
        {
            var own = incident.Evidence.Values.Where(e => e.Reach is { Scope: Scope.Target } && e.Reach.Covers(id)).ToList();
            yield return (id, own.Count == 0 ? null : own.Min(e => e.Since), own.Select(e => e.What));
        }
    }

    /// <summary>An HPA says only that it gets no metric; the ScaledObject says why.</summary>
    private static IEnumerable<string> Said(TargetView view) =>
        new[] { view.Ready, view.HpaActive, view.KedaHpa?.ScalingActive }.Where(c => c is { IsFalse: true }).Select(c => Words.With(c!.Reason, c.Message));
}
