using System.Collections.Immutable;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Metrics;

/// <summary>What the exposition is made of. Null is "not known now": that part is left out rather than told wrong.</summary>
public sealed record MetricsInput
{
    public required string Cluster { get; init; }

    public required Counters Counters { get; init; }

    public Panel? Panel { get; init; }

    public ImmutableArray<BreakerView>? Breakers { get; init; }

    public ImmutableArray<OutboxCount>? Pages { get; init; }

    /// <summary>How many pages went through no channel.</summary>
    public int? Unheard { get; init; }

    /// <summary>How long the oldest signal in the inbox has waited for a decision.</summary>
    public TimeSpan? UndecidedFor { get; init; }

    public RunReport? LastRun { get; init; }

    public PreflightReport? Preflight { get; init; }

    /// <summary>When Alertmanager's Watchdog last came to this process; null when it never did.</summary>
    public DateTimeOffset? WatchdogHeardAt { get; init; }

    public AuditCondition? Audit { get; init; }

    /// <summary>The channels that are paged.</summary>
    public ImmutableArray<string> Channels { get; init; } = [];

    /// <summary>Channels that the policy names and that get no pages, because they are not configured.</summary>
    public ImmutableArray<string> UnconfiguredChannels { get; init; } = [];
}

/// <summary>
/// The metrics page. keda_hpa_fallback_active and keda_scaling_duration_seconds are charted and alerted on by the source documents, and no
/// part of KEDA exports them: they are ours to export.
/// </summary>
public static class ReactorMetrics
{
    /// <summary>Kinds that are told also while all of them can be read: of a number that was never 0 nobody can tell when it rose.</summary>
    private static readonly ImmutableArray<string> ReadKinds =
        ["ScaledObject", "Deployment", "StatefulSet", "HorizontalPodAutoscaler", "Event", "Lease", "APIService", "ScaledJob", "Namespace", "VerticalPodAutoscaler"];

    public static string Write(MetricsInput input)
    {
        var text = new PrometheusText();
        text.Family("reactor_build_info", "gauge", "1, with the version of this process.");
        text.Sample(1, ("cluster", input.Cluster), ("version", Wire.BuildVersion.Number));
        text.Family("reactor_store_up", "gauge", "1 when the store could be read for this page, and was no obstacle to this process's last run.");
        text.Sample(input.Panel is null || input.LastRun is { StoreDown: true } ? 0 : 1, ("cluster", input.Cluster));
        if (input.Breakers is { } breakers) WriteBreakers(text, input.Cluster, breakers);
        if (input.Panel is { } panel) WritePanel(text, input.Cluster, panel);
        if (input.Pages is { } pages) WritePages(text, input.Cluster, pages);
        if (input.Unheard is { } unheard)
        {
            text.Family("reactor_pages_unheard", "gauge", "Pages of the last day that went through no channel at all, and open incidents that none is configured for: nobody was told.");
            text.Sample(unheard, ("cluster", input.Cluster));
        }

        if (input.UndecidedFor is { } undecided)
        {
            text.Family("reactor_undecided_age_seconds", "gauge", "How long the oldest stored alert or order has waited for a decision; 0 when none waits.");
            text.Sample(Math.Max(0, undecided.TotalSeconds), ("cluster", input.Cluster));
        }

        WriteChannels(text, input);
        if (input.LastRun is { } run) WriteRun(text, input.Cluster, run);
        if (input.Preflight is { } preflight) WritePreflight(text, input.Cluster, preflight);
        if (input.WatchdogHeardAt is { } heard) WriteWatchdog(text, input.Cluster, heard);
        if (input.Audit is { } audit) WriteAudit(text, input.Cluster, audit);
        WriteCounters(text, input.Cluster, input.Counters);
        WriteScaling(text, input.Cluster, input.Counters.Scaling);
        return text.ToString();
    }

    private static void WriteBreakers(PrometheusText text, string cluster, ImmutableArray<BreakerView> breakers)
    {
        text.Family("keda_hpa_fallback_active", "gauge", "1 while the fallback scales the target, 0 while KEDA does.");
        foreach (var breaker in breakers)
        {
            var active = breaker.State is BreakerState.Open or BreakerState.Held;
            text.Sample(active ? 1 : 0, ("cluster", cluster), ("namespace", breaker.Namespace), ("scaledObject", breaker.Name));
        }

        WriteReplicas(text, cluster, [.. breakers.Where(b => b.ReplicasAsked is not null)]);
        text.Family("reactor_breaker_state", "gauge", "1 for the state that the target's breaker is in, 0 for the others.");
        foreach (var breaker in breakers)
        {
            foreach (var state in Enum.GetValues<BreakerState>())
            {
                text.Sample(
                    breaker.State == state ? 1 : 0,
                    ("cluster", cluster), ("namespace", breaker.Namespace), ("scaledObject", breaker.Name), ("state", Slug(state)));
            }
        }
    }

    /// <summary>An HPA that stands is a promise: these say whether it is kept.</summary>
    private static void WriteReplicas(PrometheusText text, string cluster, ImmutableArray<BreakerView> onFallback)
    {
        text.Family("reactor_fallback_replicas_asked", "gauge", "Replicas that the fallback of a target asks for, while it is on it.");
        foreach (var breaker in onFallback)
            text.Sample(breaker.ReplicasAsked!.Value, ("cluster", cluster), ("namespace", breaker.Namespace), ("scaledObject", breaker.Name));
        text.Family("reactor_fallback_replicas_ready", "gauge", "Replicas of that target that are ready.");
        foreach (var breaker in onFallback.Where(b => b.ReplicasReady is not null))
            text.Sample(breaker.ReplicasReady!.Value, ("cluster", cluster), ("namespace", breaker.Namespace), ("scaledObject", breaker.Name));
        text.Family("reactor_fallback_replicas_ready_since_timestamp_seconds", "gauge", "Since when as many are ready as the fallback asks for; missing while they are not.");
        foreach (var breaker in onFallback.Where(b => b.ReplicasReadySince is not null))
            text.Sample(Seconds(breaker.ReplicasReadySince!.Value), ("cluster", cluster), ("namespace", breaker.Namespace), ("scaledObject", breaker.Name));
    }

    private static void WritePanel(PrometheusText text, string cluster, Panel panel)
    {
        IncidentMetrics.Write(text, cluster, panel);
        text.Family("reactor_blind", "gauge", "1 while the cluster can't be observed.");
        text.Sample(panel.BlindSince is null ? 0 : 1, ("cluster", cluster));
        text.Family("reactor_unreadable_objects", "gauge", "Objects that the last look could not read, by kind: each is left out, and what depends on it is unknown.");
        foreach (var kind in ReadKinds.Union(panel.UnreadCounts.Keys)) text.Sample(panel.UnreadCounts.GetValueOrDefault(kind), ("cluster", cluster), ("kind", kind));
        text.Family("reactor_metrics_api_taken", "gauge", "1 while the external metrics API leads to somebody else than KEDA's metrics server.");
        text.Sample(panel.Signs.MetricsTaken is null ? 0 : 1, ("cluster", cluster));
        text.Family("reactor_keda_registrations_amiss", "gauge", "Resources of keda.sh and webhook configurations for them that are gone, not served, or somebody else's.");
        text.Sample(panel.Signs.Amiss.Count, ("cluster", cluster));
        text.Family("reactor_writes_stopped", "gauge", "1 while the kill switch is on: nothing is written to the cluster.");
        text.Sample(panel.WritesStop is null ? 0 : 1, ("cluster", cluster));
        text.Family("reactor_maintenance_suppressed", "gauge", "Pieces of evidence that maintenance keeps from tripping anything, by cause.");
        foreach (var cause in Enum.GetValues<Cause>().Where(Causes.Trips))
            text.Sample(panel.Suppressed.Values.Count(seen => seen.Cause == cause), ("cluster", cluster), ("cause", Causes.Slug(cause)));
        text.Family("reactor_panel_alerts", "gauge", $"Alerts remembered, {PanelBounds.Alerts} at most.");
        text.Sample(panel.Alerts.Count, ("cluster", cluster));
        text.Family("reactor_panel_let_go_total", "counter", "What was let go because the panel remembers only so much of its kind.");
        foreach (var (what, gone) in panel.LetGo) text.Sample(gone.Count, ("cluster", cluster), ("what", what));
        if (panel.LastProbeAt is not { } probe) return;
        text.Family("reactor_last_probe_timestamp_seconds", "gauge", "When a run last counted as a probe, on any instance.");
        text.Sample(Seconds(probe), ("cluster", cluster));
    }

    private static void WritePages(PrometheusText text, string cluster, ImmutableArray<OutboxCount> pages)
    {
        text.Family("reactor_pages_waiting", "gauge", "Pages not delivered yet.");
        foreach (var channel in pages) text.Sample(channel.Waiting, ("cluster", cluster), ("channel", channel.Channel));
        text.Family("reactor_pages_dead", "gauge", "Pages that a channel will never take.");
        foreach (var channel in pages) text.Sample(channel.Dead, ("cluster", cluster), ("channel", channel.Channel));
        text.Family("reactor_pages_dropped_total", "counter", "Notices that were not queued because too many waited for the channel.");
        foreach (var channel in pages) text.Sample(channel.Dropped, ("cluster", cluster), ("channel", channel.Channel));
        text.Family("reactor_pages_oldest_waiting_timestamp_seconds", "gauge", "When the page that has waited longest was queued, while one waits.");
        foreach (var channel in pages.Where(channel => channel.OldestWaiting is not null))
            text.Sample(Seconds(channel.OldestWaiting!.Value), ("cluster", cluster), ("channel", channel.Channel));
    }

    private static void WriteChannels(PrometheusText text, MetricsInput input)
    {
        text.Family("reactor_channel_unconfigured", "gauge", "1 for a channel that the policy names and that gets no pages, because it is not configured here.");
        foreach (var channel in input.Channels.Concat(input.UnconfiguredChannels))
            text.Sample(input.UnconfiguredChannels.Contains(channel) ? 1 : 0, ("cluster", input.Cluster), ("channel", channel));
    }

    private static void WriteRun(PrometheusText text, string cluster, RunReport run)
    {
        text.Family("reactor_last_run_timestamp_seconds", "gauge", "When this process last began a run.");
        text.Sample(Seconds(run.StartedAt), ("cluster", cluster));
        text.Family("reactor_run_duration_seconds", "gauge", "How long this process's last run took.");
        text.Sample(run.Took.TotalSeconds, ("cluster", cluster));
    }

    private static void WritePreflight(PrometheusText text, string cluster, PreflightReport preflight)
    {
        text.Family("reactor_preflight_findings", "gauge", "What the last preflight found missing, different, not to be checked, or worth a note.");
        foreach (var kind in Enum.GetValues<FindingKind>())
            text.Sample(preflight.Count(kind), ("cluster", cluster), ("kind", kind.ToString().ToLowerInvariant()));
    }

    private static void WriteAudit(PrometheusText text, string cluster, AuditCondition audit)
    {
        text.Family("reactor_audit_records", "gauge", "The number of the last audit record.");
        text.Sample(audit.Trail.Last, ("cluster", cluster));
        text.Family("reactor_audit_unsealed", "gauge", "Audit records that carry no hash yet.");
        text.Sample(audit.Trail.Last - audit.Trail.Sealed.Sequence, ("cluster", cluster));
        if (audit.Behind is not { } behind) return;
        text.Family("reactor_audit_feed_behind", "gauge", "Audit records that Event Grid has not taken yet.");
        text.Sample(behind, ("cluster", cluster));
    }

    private static void WriteCounters(PrometheusText text, string cluster, Counters counters)
    {
        text.Family("reactor_signals_total", "counter", "Signals by what became of them.");
        foreach (var (reason, count) in counters.Signals) text.Sample(count, ("cluster", cluster), ("reason", reason.ToString()));
        text.Family("reactor_writes_total", "counter", "Cluster writes by how they ended.");
        foreach (var (outcome, count) in counters.Writes) text.Sample(count, ("cluster", cluster), ("outcome", outcome.ToString()));
        text.Family("reactor_target_events_total", "counter", "Events on ScaledObjects, by what they tell and what became of them.");
        foreach (var reason in Enum.GetValues<TargetEventReason>())
        {
            foreach (var end in Enum.GetValues<EventEnd>())
                text.Sample(counters.Events.GetValueOrDefault((reason, end)), ("cluster", cluster), ("reason", reason.ToString()), ("outcome", end.ToString()));
        }
    }

    private static void WriteWatchdog(PrometheusText text, string cluster, DateTimeOffset heard)
    {
        text.Family("reactor_watchdog_last_timestamp_seconds", "gauge", "When Alertmanager's Watchdog last came to this process.");
        text.Sample(Seconds(heard), ("cluster", cluster));
    }

    private static void WriteScaling(PrometheusText text, string cluster, ScalingDurations scaling)
    {
        text.Family("keda_scaling_duration_seconds", "histogram", "From an HPA's changed wish to the replicas being there, as successive looks tell it; half a probe interval off at most.");
        foreach (var histogram in scaling.Read())
        {
            (string, string)[] labels = [("cluster", cluster), ("namespace", histogram.Target.Namespace), ("scaledObject", histogram.Target.Name), ("direction", histogram.Direction)];
            var sofar = 0L;
            for (var i = 0; i < histogram.Counts.Length; i++)
            {
                sofar += histogram.Counts[i];
                var bound = i < ScalingDurations.Bounds.Length ? ScalingDurations.Bounds[i] : double.PositiveInfinity;
                text.Sample("_bucket", sofar, [.. labels, ("le", PrometheusText.Number(bound))]);
            }

            text.Sample("_sum", histogram.Sum, labels);
            text.Sample("_count", sofar, labels);
        }
    }

    internal static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000d;

    private static string Slug(BreakerState state) => state.ToString().ToLowerInvariant();
}
