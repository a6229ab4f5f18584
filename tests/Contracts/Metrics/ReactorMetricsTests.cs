using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Health;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Metrics;

public sealed partial class ReactorMetricsTests
{
    private static readonly DateTimeOffset At = new(2026, 8, 1, 10, 0, 0, 250, TimeSpan.Zero);

    [Theory]
    [InlineData(BreakerState.Closed, 0)]
    [InlineData(BreakerState.Tripping, 0)]
    [InlineData(BreakerState.Open, 1)]
    [InlineData(BreakerState.Testing, 0)]
    [InlineData(BreakerState.Held, 1)]
    public void Every_known_target_says_whether_its_fallback_is_active(BreakerState state, int active)
    {
        var lines = Lines(Input() with { Breakers = [Breaker("a", state)] });

        Assert.Contains($"keda_hpa_fallback_active{{cluster=\"c\",namespace=\"mesh\",scaledObject=\"a\"}} {active}", lines);
        Assert.Contains($"reactor_breaker_state{{cluster=\"c\",namespace=\"mesh\",scaledObject=\"a\",state=\"{state.ToString().ToLowerInvariant()}\"}} 1", lines);
        Assert.Equal(5, lines.Count(line => line.StartsWith("reactor_breaker_state{", StringComparison.Ordinal)));
        Assert.Equal(1, lines.Where(line => line.StartsWith("reactor_breaker_state{", StringComparison.Ordinal))
            .Sum(line => line[^1] - '0'));
    }

    [Fact]
    public void A_target_on_its_fallback_says_how_many_replicas_are_asked_for_and_ready_and_since_when()
    {
        var lines = Lines(Input() with
        {
            Breakers =
            [
                Breaker("there", BreakerState.Open) with { ReplicasAsked = 10, ReplicasReady = 12, ReplicasReadySince = At },
                Breaker("short", BreakerState.Open) with { ReplicasAsked = 10, ReplicasReady = 4 },
                Breaker("keda", BreakerState.Closed) with { ReplicasReady = 4 },
            ],
        });

        string[] expected =
        [
            "reactor_fallback_replicas_asked{cluster=\"c\",namespace=\"mesh\",scaledObject=\"there\"} 10",
            "reactor_fallback_replicas_ready{cluster=\"c\",namespace=\"mesh\",scaledObject=\"there\"} 12",
            "reactor_fallback_replicas_ready_since_timestamp_seconds{cluster=\"c\",namespace=\"mesh\",scaledObject=\"there\"} 1785578400.25",
            "reactor_fallback_replicas_asked{cluster=\"c\",namespace=\"mesh\",scaledObject=\"short\"} 10",
            "reactor_fallback_replicas_ready{cluster=\"c\",namespace=\"mesh\",scaledObject=\"short\"} 4",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), lines.Where(line => line.StartsWith("reactor_fallback_replicas", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_preflight_found_is_counted_by_kind()
    {
        var preflight = new PreflightReport { At = At, Words = "", Findings = [new(FindingKind.Missing, HealthStatus.Degraded, "a"), new(FindingKind.Missing, HealthStatus.Healthy, "b")] };

        var lines = Lines(Input() with { Preflight = preflight });

        Assert.Contains("reactor_preflight_findings{cluster=\"c\",kind=\"missing\"} 2", lines);
        Assert.Contains("reactor_preflight_findings{cluster=\"c\",kind=\"unchecked\"} 0", lines);
    }

    [Fact]
    public void The_panel_the_outbox_the_run_and_the_counters_are_told()
    {
        var counters = new Counters();
        counters.Signal(Reason.AlertAccepted);
        counters.Signal(Reason.AlertAccepted);
        counters.Write(Outcome.Conflict);
        var incident = new Incident { Id = "i", Cluster = "c", Cause = Cause.Oscillation, OpenedAt = At, Why = "w" };
        var lines = Lines(Input() with
        {
            Counters = counters,
            Panel = Panel.Empty("c") with
            {
                Incidents = ImmutableSortedDictionary<string, Incident>.Empty.Add("i", incident),
                BlindSince = At,
                WritesStop = new WritesStop { At = At, By = "ana", Reason = "r" },
                Suppressed = ImmutableSortedDictionary<string, SuppressedEvidence>.Empty.Add(
                    "probe/operator", new SuppressedEvidence { Window = "w", Cause = Cause.OperatorUnhealthy, Reach = new Selection(Scope.Cluster, null, null), What = "w", FirstSeen = At, LastSeen = At }),
                LastProbeAt = At,
                LetGo = ImmutableSortedDictionary<string, LetGo>.Empty.Add("alerts", new LetGo(12, At)),
                UnreadCounts = ImmutableSortedDictionary<string, int>.Empty.Add("Deployment", 2),
            },
            Pages = [new OutboxCount("slack", 3, 1, At, Dropped: 5)],
            LastRun = new RunReport { StartedAt = At, Took = TimeSpan.FromMilliseconds(1500), HeldLease = true },
        });

        string[] expected =
        [
            "reactor_store_up{cluster=\"c\"} 1",
            "reactor_incidents_open{cluster=\"c\",cause=\"oscillation\"} 1",
            "reactor_incidents_open{cluster=\"c\",cause=\"operator-unhealthy\"} 0",
            "reactor_blind{cluster=\"c\"} 1",
            "reactor_unreadable_objects{cluster=\"c\",kind=\"Deployment\"} 2",
            "reactor_unreadable_objects{cluster=\"c\",kind=\"ScaledObject\"} 0",
            "reactor_writes_stopped{cluster=\"c\"} 1",
            "reactor_maintenance_suppressed{cluster=\"c\",cause=\"operator-unhealthy\"} 1",
            "reactor_maintenance_suppressed{cluster=\"c\",cause=\"oscillation\"} 0",
            "reactor_last_probe_timestamp_seconds{cluster=\"c\"} 1785578400.25",
            "reactor_pages_waiting{cluster=\"c\",channel=\"slack\"} 3",
            "reactor_pages_dead{cluster=\"c\",channel=\"slack\"} 1",
            "reactor_pages_dropped_total{cluster=\"c\",channel=\"slack\"} 5",
            "reactor_panel_alerts{cluster=\"c\"} 0",
            "reactor_panel_let_go_total{cluster=\"c\",what=\"alerts\"} 12",
            "reactor_run_duration_seconds{cluster=\"c\"} 1.5",
            "reactor_last_run_timestamp_seconds{cluster=\"c\"} 1785578400.25",
            "reactor_signals_total{cluster=\"c\",reason=\"AlertAccepted\"} 2",
            "reactor_signals_total{cluster=\"c\",reason=\"TripOrdered\"} 0",
            "reactor_writes_total{cluster=\"c\",outcome=\"Conflict\"} 1",
            "reactor_writes_total{cluster=\"c\",outcome=\"Done\"} 0",
            "reactor_target_events_total{cluster=\"c\",reason=\"ReactorHeld\",outcome=\"NotTaken\"} 0",
        ];
        Assert.Empty(expected.Except(lines));
    }

    [Fact]
    public void Incidents_targets_on_their_way_and_what_moved_are_told()
    {
        var lines = Lines(EverythingKnown.Input());

        string[] expected =
        [
            "reactor_incidents_stage{cluster=\"c\",stage=\"held\"} 1",
            "reactor_incidents_stage{cluster=\"c\",stage=\"wave\"} 0",
            "reactor_incident_held_since_timestamp_seconds{cluster=\"c\",cause=\"oscillation\"} 1785578460",
            "reactor_incident_targets{cluster=\"c\",cause=\"oscillation\",state=\"handedback\"} 1",
            "reactor_incident_targets{cluster=\"c\",cause=\"oscillation\",state=\"protected\"} 0",
            "reactor_incident_batch{cluster=\"c\",cause=\"oscillation\"} 1",
            "reactor_handback_since_timestamp_seconds{cluster=\"c\",namespace=\"mesh\",scaledObject=\"a\"} 1785578520",
            "reactor_target_problem{cluster=\"c\",namespace=\"mesh\",scaledObject=\"a\",phase=\"handingback\"} 1",
            "reactor_recent_rescales{cluster=\"c\",namespace=\"mesh\",scaledObject=\"a\"} 3",
            "reactor_recent_direction_changes{cluster=\"c\",namespace=\"mesh\",scaledObject=\"a\"} 1",
            "reactor_pages_oldest_waiting_timestamp_seconds{cluster=\"c\",channel=\"slack\"} 1785578400",
            "reactor_watchdog_last_timestamp_seconds{cluster=\"c\"} 1785578400",
        ];
        Assert.Empty(expected.Except(lines));
        Assert.Contains(lines, line => line.StartsWith("reactor_build_info{cluster=\"c\",version=\"", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Matches(Line(), line));
    }

    [Fact]
    public void What_is_not_known_is_left_out_rather_than_told_wrong()
    {
        var text = ReactorMetrics.Write(Input());

        Assert.Contains("reactor_store_up{cluster=\"c\"} 0\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("keda_hpa_fallback_active", text, StringComparison.Ordinal);
        Assert.DoesNotContain("reactor_blind", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_that_the_last_run_could_not_use_is_down_although_its_panel_can_be_read()
    {
        var run = new RunReport { StartedAt = At, Took = TimeSpan.Zero, HeldLease = true, Problem = "a page is malformed", StoreDown = true };

        var text = ReactorMetrics.Write(Input() with { Panel = Panel.Empty("c"), LastRun = run, UndecidedFor = TimeSpan.FromSeconds(90) });

        Assert.Contains("reactor_store_up{cluster=\"c\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("reactor_undecided_age_seconds{cluster=\"c\"} 90\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Label_values_are_escaped()
    {
        var text = new PrometheusText();
        text.Family("m", "gauge", "two\nlines \\");
        text.Sample(double.PositiveInfinity, ("l", "a\"b\\c\nd"));

        Assert.Equal("# HELP m two\\nlines \\\\\n# TYPE m gauge\nm{l=\"a\\\"b\\\\c\\nd\"} +Inf\n", text.ToString());
    }

    [Fact]
    public void Every_line_has_the_format_s_shape_and_every_family_begins_once()
    {
        var lines = Lines(Input() with { Panel = Panel.Empty("c"),
            Breakers = [Breaker("a", BreakerState.Open), Breaker("b", BreakerState.Closed)], Pages = [] });

        Assert.All(lines, line => Assert.Matches(Line(), line));
        Assert.Equal(lines.Count(line => line.StartsWith("# TYPE", StringComparison.Ordinal)),
            lines.Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).Distinct().Count());
    }

    private static MetricsInput Input() => new() { Cluster = "c", Counters = new Counters() };

    private static BreakerView Breaker(string name, BreakerState state) =>
        new() { Namespace = "mesh", Name = name, State = state, Autoscaler = "" };

    private static string[] Lines(MetricsInput input) => ReactorMetrics.Write(input).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex("""^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-zA-Z]+="[^"]*"(,[a-zA-Z]+="[^"]*")*\})? [0-9.]+)$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
