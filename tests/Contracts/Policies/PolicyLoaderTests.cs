using System.Collections.Immutable;
using System.Reflection;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Policies;

namespace Sophia.Keda.Reactor.Contracts.Tests.Policies;

public sealed class PolicyLoaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("\n# only a comment\n")]
    [InlineData("---\n...\n")]
    [InlineData("thresholds:\nactions: {}\nalerts:\n  names:\n")]
    public void An_empty_file_is_the_defaults(string text) => Same(new Policy(), Load(text).Policy);

    [Fact]
    public void No_file_is_the_defaults_without_a_warning()
    {
        var loaded = PolicyLoader.Load([]);

        Same(new Policy(), loaded.Policy);
        Assert.Empty(loaded.Warnings);
    }

    [Theory]
    [InlineData("circuit_breaker.yaml")]
    [InlineData("configmap.yaml")]
    public void The_source_documents_policy_is_read_exactly_as_it_stands(string file)
    {
        // With other defaults it must still be what the file says.
        var text = SourceText(file);

        var loaded = PolicyLoader.Load([(file, text)], "staging");

        Assert.Equal(
            (3, 5, 30, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)),
            (loaded.Policy.ScaleEventsPerMinute, loaded.Policy.ConsecutiveFailures, loaded.Policy.ErrorRatePercentage, loaded.Policy.HealthCheckInterval, loaded.Policy.RecoveryTestPeriod));
        Assert.Equal(4, loaded.Policy.OnTrip.Count);
        Assert.Equal(4, loaded.Policy.OnRecovery.Count);
        Assert.Equal(["slack", "pagerduty", "email"], loaded.Policy.NamedChannels!.Value.ToArray());
        Assert.Empty(loaded.Warnings);
    }

    [Fact]
    public void The_README_block_is_read_exactly_as_it_stands()
    {
        var policy = PolicyLoader.Load([("readme-block.yaml", SourceText("readme-block.yaml"))], "dev").Policy;

        Assert.Equal((true, 3, TimeSpan.FromSeconds(60), 10), (policy.Enabled, policy.ScaleEventsPerMinute, policy.CooldownPeriod, policy.FallbackReplicas));
    }

    [Fact]
    public void Both_of_the_source_documents_blocks_go_together()
    {
        var loaded = PolicyLoader.Load([("a", SourceText("configmap.yaml")), ("b", SourceText("readme-block.yaml"))]);

        Same(new Policy { NamedChannels = loaded.Policy.NamedChannels }, loaded.Policy);
        Assert.Equal(["slack", "pagerduty", "email"], loaded.Policy.NamedChannels!.Value.ToArray());
    }

    [Fact]
    public void Every_value_of_the_source_documents_moves_the_policy()
    {
        var policy = Load("""
            thresholds: {scale_events_per_minute: 2, consecutive_failures: 7, error_rate_percentage: 40}
            actions:
              on_trip: [pause_scaled_object, send_alert]
              on_recovery: [disable_hpa]
            monitoring: {health_check_interval: 15s, recovery_test_period: 1h30m, alert_channels: [email]}
            circuit_breaker: {enabled: false, cooldown_period: 90s, fallback_replicas: 4}
            """).Policy;

        Assert.Equal((2, 7, 40, false, 4), (policy.ScaleEventsPerMinute, policy.ConsecutiveFailures, policy.ErrorRatePercentage, policy.Enabled, policy.FallbackReplicas));
        Assert.Equal([TripAction.PauseScaledObject, TripAction.SendAlert], policy.OnTrip);
        Assert.Equal([RecoveryAction.DisableHpa], policy.OnRecovery);
        Assert.Equal((TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(90), TimeSpan.FromSeconds(90)), (policy.HealthCheckInterval, policy.RecoveryTestPeriod, policy.CooldownPeriod));
        Assert.Equal(["email"], policy.NamedChannels!.Value.ToArray());
    }

    [Fact]
    public void Every_setting_of_the_policy_can_be_set_in_a_file()
    {
        var policy = Load("""
            cluster: aks-weu-1
            mode: observe
            writes: stopped
            circuit_breaker: {enabled: false}
            thresholds:
              scale_events_per_minute: 1
              direction_changes_in_5_min: 2
              consecutive_failures: 3
              error_rate_percentage: 44
              error_rate_minimum: 5
              unhealthy_for: 61s
              evidence_expires: 62s
              blind_after: 63s
            actions: {on_trip: [log_event], on_recovery: [clear_alert]}
            monitoring: {health_check_interval: 7s, recovery_test_period: 8s, alert_channels: [teams, {channel: email, severity: error, causes: [oscillation]}, {channel: sms, environments: [dev]}]}
            recovery:
              cooldown_period: 9s
              verify_probes: 10
              waves: [1, 100]
              wave_soak: 31s
              handback_timeout: 32s
              handback_timeout_per_target: 250ms
              max_attempts: 11
              first_wait: 12s
              longest_wait: 13s
              wait_jitter_percent: 14
              inconclusive_timeout: 15s
              causes: {error-rate: manual, oscillation: automatic}
              windows: [{start: '0 9 * * 1-5', end: '0 17 * * 1-5', zone: Europe/Berlin}]
              except: [{start: '0 12 * * 5', duration: 12h, zone: Europe/Berlin}]
              manual_after: 4
              repeat_window: 90m
              put_backs: 16
              put_back_window: 17s
            fallback: {replicas: 18, from_zero: 3, cpu_utilization: 19, floor_period: 20s}
            limits: {blast_radius_percent: 21, max_added_replicas: 22, parallel_writes: 23, request_timeout: 2400ms, lease: 25s, longest_maintenance: 26h, maintenance_reminder: 27s}
            alerts: {names: {OurOwnAlert: scaler-errors}}
            maintenance:
              - {name: keda-upgrade, scope: cluster, zone: Europe/Berlin, start: '2026-07-01T22:00', end: '2026-07-01T23:30'}
              - {name: patch-day, scope: target, namespace: sophia-mesh, target: sophia-ai-services, zone: UTC, cron: '0 22 * * 6', duration: 2h}
            """).Policy;
        var defaults = new Policy();

        foreach (var property in typeof(Policy).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite && p.Name is not (nameof(Policy.AlertChannels) or nameof(Policy.UnconfiguredChannels))))
            Assert.True(Text(property.GetValue(policy)) != Text(property.GetValue(defaults)), $"{property.Name} kept its default {Text(property.GetValue(policy))}");
        Assert.Equal((TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(2.4)), (policy.HandbackTimeoutPerTarget, policy.RequestTimeout));
        Assert.Equal([1, 100], policy.Waves.ToArray());
        Assert.Equal(
            new PlannedMaintenance
            {
                Name = "keda-upgrade",
                Selection = new Selection(Scope.Cluster, null, null),
                Start = new DateTimeOffset(2026, 7, 1, 20, 0, 0, TimeSpan.Zero), // Berlin's summer
                End = new DateTimeOffset(2026, 7, 1, 21, 30, 0, TimeSpan.Zero),
            },
            policy.Maintenance[0]);
        Assert.Equal(
            new PlannedMaintenance
            {
                Name = "patch-day",
                Selection = new Selection(Scope.Target, "sophia-mesh", "sophia-ai-services"),
                Recurring = new TimeWindow { Start = "0 22 * * 6", Duration = TimeSpan.FromHours(2), Zone = "UTC" },
            },
            policy.Maintenance[1]);
        Assert.Equal([new TimeWindow { Start = "0 9 * * 1-5", End = "0 17 * * 1-5", Zone = "Europe/Berlin" }], policy.RecoveryWindows.ToArray());
        Assert.Equal([new TimeWindow { Start = "0 12 * * 5", Duration = TimeSpan.FromHours(12), Zone = "Europe/Berlin" }], policy.RecoveryExcept.ToArray());
        Assert.Equal(
            (RecoveryMode.Manual, RecoveryMode.Automatic, RecoveryMode.ManualAfterRepeats),
            (policy.RecoveryOf(Cause.ErrorRate), policy.RecoveryOf(Cause.Oscillation), policy.RecoveryOf(Cause.ScalerErrors)));
    }

    [Theory]
    [InlineData("dev", false, 3, 4)]
    [InlineData("development", false, 3, 4)]
    [InlineData("staging", true, 5, 6)]
    [InlineData("production", true, 3, 4)]
    [InlineData("prod", true, 3, 4)]
    public void An_environment_is_a_preset_wherever_it_is_named(string environment, bool enabled, int events, int changes)
    {
        foreach (var policy in new[] { Load($"environment: {environment}").Policy, PolicyLoader.Load([], environment).Policy })
            Assert.Equal((enabled, events, changes), (policy.Enabled, policy.ScaleEventsPerMinute, policy.DirectionChangesIn5Min));
    }

    [Fact]
    public void A_file_wins_over_its_preset_wherever_the_preset_stands()
    {
        var policy = Load("circuit_breaker: {enabled: true}\nenvironment: dev").Policy;

        Assert.True(policy.Enabled);
    }

    [Fact]
    public void A_teams_alert_names_stand_beside_the_shipped_ones_and_one_can_be_taken_out()
    {
        var names = Load("alerts: {names: {TeamKedaDown: operator-unhealthy, KEDAScalerErrors: none}}").Policy.AlertNames;

        Assert.Equal((Cause.OperatorUnhealthy, Cause.OperatorUnhealthy), (names["TeamKedaDown"], names["KEDAOperatorDown"]));
        Assert.DoesNotContain("KEDAScalerErrors", names.Keys);
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("1s", 1000)]
    [InlineData("1.5s", 1500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1m2s500ms", 62_500)]
    [InlineData("0s", 0)]
    public void Durations_are_read_as_people_write_them(string text, int milliseconds) =>
        Assert.Equal(milliseconds, Load($"recovery: {{cooldown_period: {text}}}").Policy.CooldownPeriod.TotalMilliseconds);

    [Theory]
    [InlineData("actions: {on_trip: [pause_scaled_object, enable_hpa_fallback, log_event]}", "no send_alert")]
    [InlineData("actions: {on_trip: [send_alert, log_event]}", "only observes")]
    [InlineData("actions: {on_trip: [pause_scaled_object, send_alert, log_event]}", "freezes workloads")]
    [InlineData("actions: {on_trip: [pause_scaled_object, enable_hpa_fallback, send_alert]}", "audit is never off")]
    [InlineData("actions: {on_recovery: [test_single_scaler, gradual_reenable, disable_hpa]}", "no clear_alert")]
    [InlineData("thresholds: {scale_events_per_minute: 4}", "an HPA syncs every 15 s")]
    [InlineData("monitoring: {alert_channels: []}", "alert_channels is empty")]
    [InlineData("circuit_breaker: {enabled: false}", "disabled")]
    [InlineData("writes: stopped", "the kill switch is on")]
    public void What_works_otherwise_than_it_seems_is_a_warning(string text, string words) =>
        Assert.Contains(words, Assert.Single(Load(text).Warnings));

    private static string SourceText(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "Policies", file));

    private static LoadedPolicy Load(string text) => PolicyLoader.Load([("policy.yaml", text)]);

    private static void Same(Policy expected, Policy actual)
    {
        foreach (var property in typeof(Policy).GetProperties(BindingFlags.Public | BindingFlags.Instance))
            Assert.Equal((property.Name, Text(property.GetValue(expected))), (property.Name, Text(property.GetValue(actual))));
    }

    private static string Text(object? value) =>
        value is System.Collections.IEnumerable list and not string ? string.Join(',', list.Cast<object>()) : $"{value}";

    [Fact]
    public void A_policy_without_the_pause_writes_nothing_to_the_cluster_as_its_warning_says()
    {
        Assert.True(PolicyLoader.Load([("p.yaml", "actions: {on_trip: [send_alert, log_event]}")]).Policy.ObserveOnly);
        Assert.False(PolicyLoader.Load([("p.yaml", "actions: {on_trip: [pause_scaled_object, send_alert]}")]).Policy.ObserveOnly);
    }

    [Fact]
    public void A_channel_may_have_conditions_and_one_of_another_environment_is_as_if_it_were_not_there()
    {
        const string Text = """
            environment: staging
            monitoring:
              alert_channels:
                - slack
                - {channel: pagerduty, severity: critical, environments: [production]}
                - {channel: email, severity: error, causes: [oscillation, scaler-errors]}
            """;

        var staging = Load(Text).Policy;
        var production = Load(Text.Replace("staging", "production", StringComparison.Ordinal)).Policy;

        Assert.Equal(["slack", "email"], staging.NamedChannels!.Value.ToArray());
        Assert.Equal(("email", Severity.Error, 2), (staging.PageRoutes[0].Channel, staging.PageRoutes[0].AtLeast, staging.PageRoutes[0].Causes.Count));
        Assert.Equal(["slack", "pagerduty", "email"], production.NamedChannels!.Value.ToArray());
        Assert.Equal(["pagerduty", "email"], production.PageRoutes.Select(route => route.Channel));
    }
}
