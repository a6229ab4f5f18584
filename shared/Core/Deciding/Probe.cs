using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Turns successive looks into signs that last: since when the operator or the metrics server has been away, how often a
/// target moved, how many probes in a row saw it failing.
/// </summary>
internal static class Probe
{
    /// <summary>Two HPA syncs: a younger HPA has had no fair chance to show itself (measured).</summary>
    private static readonly TimeSpan HpaGrace = TimeSpan.FromSeconds(30);

    /// <summary>Timers are late and early by a little: nine tenths of an interval is an interval.</summary>
    public const double AnInterval = 0.9;

    /// <summary>
    /// Rescales of one event between two probes that are placed. An HPA syncs every 15 s and does 20 in five minutes: a count beyond this is odd,
    /// and two thousand million of them would stop the loop.
    /// </summary>
    private const int MostPlaced = 100;

    /// <summary>Events that did not grow for this long are forgotten; the window for oscillation is 5 minutes.</summary>
    private static readonly TimeSpan EventMemory = TimeSpan.FromMinutes(10);

    public static void Look(Draft draft)
    {
        if (draft.Seen is not { } seen)
            return;
        var panel = draft.Panel;
        var gap = panel.LastSeenAt is not { } last || draft.Now - last > draft.Policy.LongestGap;

        draft.Gap = gap;
        draft.IsProbe = panel.LastProbeAt is not { } probed || draft.Now - probed >= draft.Policy.HealthCheckInterval * AnInterval;
        draft.Panel = panel with { Signs = KedaSigns.Of(panel, seen, draft.Policy, draft.Now, gap), LastSeenAt = draft.Now };
        if (!draft.IsProbe)
            return;

        // What fails while KEDA itself is sick is a symptom: it is counted anew once KEDA is well.
        var signs = draft.Panel.Signs;
        var sick = KedaHealth.Trouble(signs, seen, draft.Now) is not null;
        var windows = ImmutableSortedDictionary.CreateBuilder<TargetId, ProbeWindow>();
        foreach (var view in seen.Targets.Values)
        {
            var before = panel.Windows.GetValueOrDefault(view.Id) ?? new ProbeWindow();
            var window = Window(before, view, panel, draft.Policy, draft.Now, gap, gap || (sick && Operators.Trouble(signs, seen, view.Id, draft.Now) is not null));
            if (window.Rescales.Length > 0 || window.EventCounts.Count > 0 || window.Failures > 0 || window.EventsUnread || window.NeverWorked)
                windows.Add(view.Id, window);
        }

        // What could not be read is no sign: nothing is counted on, and when it is read again that look only takes stock.
        foreach (var (id, window) in panel.Windows.Where(w => seen.IsUnknown(w.Key)))
            windows.Add(id, window with { Failures = 0, FailingSince = null, FailingBecause = "", EventsUnread = true });

        draft.Panel = draft.Panel with { Windows = windows.ToImmutable(), LastProbeAt = draft.Now };
    }

    private static ProbeWindow Window(ProbeWindow before, TargetView view, Panel panel, Policy policy, DateTimeOffset now, bool gap, bool anew)
    {
        var failing = FailingSign(view, panel, now);
        var neverWorked = Judged(view, panel) ? failing is not null && (before.NeverWorked || panel.LastProbeAt is null) : before.NeverWorked;
        var failures = failing is null ? 0 : anew ? 1 : before.Failures + 1;
        var counts = view.RescalesUnread ? before.EventCounts : view.Rescales
            .Where(e => now - e.Last < EventMemory)
            .ToImmutableSortedDictionary(e => e.EventName, e => e.Count);
        var rescales = before.Rescales
            .Concat(view.Rescales.SelectMany(e => Placed(e, before, panel.LastProbeAt, now, gap || before.EventsUnread || view.RescalesUnread)))
            .Where(r => now - r.At <= Oscillating.LongWindow + policy.HealthCheckInterval)
            .OrderBy(r => r.At)
            .ToImmutableArray();
        var present = Math.Max(view.Replicas?.Desired ?? 0, view.KedaHpa?.DesiredReplicas ?? 0);
        var peak = rescales.Select(r => r.Size).Append(present).Max();
        return new ProbeWindow
        {
            Rescales = rescales,
            EventCounts = counts,
            EventsUnread = view.RescalesUnread,
            Failures = failures,
            FailingSince = failing is null ? null : failures == 1 ? now : before.FailingSince ?? now,
            BeganAt = failing is null ? null : before.Failures > 0 ? before.BeganAt : panel.LastProbeAt is null ? null : now,
            NeverWorked = neverWorked,
            FailingBecause = failing ?? "",
            PeakReplicas = failures > 0 && before.Failures > 0 ? Math.Max(before.PeakReplicas, peak) : peak,
        };
    }

    /// <summary>
    /// Kubernetes aggregates equal rescale events and keeps only the first and last time. Growth of the count since the last probe
    /// is what happened since: one at the last time, one at the first time when that is new, the rest evenly between.
    /// </summary>
    private static IEnumerable<Rescale> Placed(RescaleEvent e, ProbeWindow before, DateTimeOffset? lastProbe, DateTimeOffset now, bool gap)
    {
        if (lastProbe is not { } from || gap)
            yield break; // the first look only takes stock
        var isNew = e.First > from;
        var growth = before.EventCounts.TryGetValue(e.EventName, out var known) && known <= e.Count ? e.Count - known
            : isNew ? e.Count
            : e.Last > from ? 1 : 0;
        if (growth <= 0)
            yield break;
        growth = Math.Min(growth, MostPlaced);
        var last = e.Last < now ? e.Last : now;
        var start = isNew ? e.First : from;
        yield return new Rescale(last, e.Size);
        if (growth == 1)
            yield break;
        var inner = growth - 1;
        if (isNew)
        {
            yield return new Rescale(start, e.Size);
            inner--;
        }

        for (var i = 1; i <= inner; i++)
            yield return new Rescale(start + (last - start) * ((double)i / (inner + 1)), e.Size);
    }

    private static bool Judged(TargetView view, Panel panel)
    {
        var underWay = panel.Targets.TryGetValue(view.Id, out var tripped) && tripped.Phase != Phase.HandingBack;
        return !underWay && !Pauses.Stops(view) && !view.Deleting;
    }

    /// <summary>
    /// KEDA's mirror of it (HPAActive, 2.20.2) is as old as KEDA's last poll, or as a pause: it counts where the HPA itself says neither yes nor no.
    /// </summary>
    private static string? FailingHpa(TargetView view, HpaView hpa) => hpa.ScalingActive switch
    {
        { IsFalse: true, Reason: "FailedGetExternalMetric" } sign => Words.With($"{hpa.Name}: ScalingActive=False, {sign.Reason}", sign.Message),
        { IsTrue: true } or { IsFalse: true } => null,
        _ => view.HpaActive is { IsFalse: true, Reason: "FailedGetExternalMetric" or "HPAMetricsUnavailable" } mirror
            ? Words.With($"HPAActive=False, {mirror.Reason}", mirror.Message) : null,
    };

    /// <summary>
    /// What shows that a target's metrics fail, in words, or null. status.health is not asked: measured, it stays at one failure
    /// while redis is down, and everything else looks healthy once KEDA's own fallback has taken over.
    /// </summary>
    private static string? FailingSign(TargetView view, Panel panel, DateTimeOffset now)
    {
        if (!Judged(view, panel))
            return null; // while paused, KEDA's status is frozen and there is no HPA to ask
        if (Judging.CantWork(view) is not null)
            return null; // it is told, and is no sign of anything
        if (view.KedaHpa is { } hpa && now - hpa.CreatedAt >= HpaGrace && FailingHpa(view, hpa) is { } failing)
            return failing;
        if (view.KedaFallback is { IsTrue: true } fallback)
            return Words.With($"{OwnFallback.Acting(view)} is active", fallback.Message);
        if (view is { Ready.Reason: "HPAMetricsUnavailable", KedaHpa.ScalingActive: { IsTrue: true } or { IsFalse: true } })
            return null; // 2.20.0 and 2.20.1 mirror the HPA there, two that cancel each other (AmbiguousSelector) too: the HPA itself says better
        return view.Ready is { IsFalse: true } ready ? Words.With($"Ready=False, {ready.Reason}", ready.Message) : null;
    }
}
