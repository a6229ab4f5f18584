using Sophia.Keda.Reactor.Policies;

namespace Sophia.Keda.Reactor.Contracts.Tests.Policies;

public sealed class PolicyFaultTests
{
    public static TheoryData<string, string> BadFiles() => new()
    {
        // Unknown keys
        { "thresholds:\n  scale_event_per_minute: 3", "p.yaml(2,3): found 'scale_event_per_minute', expected a key known in thresholds; did you mean 'scale_events_per_minute'?" },
        { "treshold: {}", "p.yaml(1,1): found 'treshold', expected a key known at the top; did you mean 'thresholds'?" },
        { "fallback: {xyz: 1}", "p.yaml(1,12): found 'xyz', expected one of replicas, from_zero, cpu_utilization, floor_period in fallback" },

        // Bad types
        { "thresholds:\n  consecutive_failures: five", "p.yaml(2,25): found 'five', expected a whole number from 1 to 100000" },
        { "thresholds: 5", "p.yaml(1,13): found '5', expected the settings of thresholds" },
        { "thresholds: {consecutive_failures: [5]}", "p.yaml(1,36): found 'a list', expected a whole number from 1 to 100000" },
        { "circuit_breaker: {enabled: yes}", "p.yaml(1,28): found 'yes', expected true or false" },
        { "circuit_breaker: {cooldown_period: 60}", "p.yaml(1,36): found '60', expected a duration such as 30s, 5m, 1h30m or 500ms" },
        { "circuit_breaker: {cooldown_period: -5s}", "p.yaml(1,36): found '-5s', expected a duration such as 30s, 5m, 1h30m or 500ms" },
        { "circuit_breaker: {cooldown_period: ''}", "p.yaml(1,36): found '', expected a duration such as 30s, 5m, 1h30m or 500ms" },
        { "actions: {on_trip: pause_scaled_object}", "p.yaml(1,20): found 'pause_scaled_object', expected a list" },
        { "actions: {on_trip: [page_everyone]}", "p.yaml(1,21): found 'page_everyone', expected one of pause_scaled_object, enable_hpa_fallback, send_alert, log_event" },
        { "mode: dry-run", "p.yaml(1,7): found 'dry-run', expected one of observe, act" },
        { "writes: off", "p.yaml(1,9): found 'off', expected one of stopped, allowed" },
        { "environment: qa", "p.yaml(1,14): found 'qa', expected one of dev, staging, production" },
        { "cluster: 'a b'", "p.yaml(1,10): found 'a b', expected a cluster's name of letters, digits, '.', '_' and '-' (at most 63)" },
        { "monitoring: {alert_channels: [slack, {channel: slack, severity: error}]}", "p.yaml(1,38): found 'slack', expected each value once" },
        { "monitoring: {alert_channels: [{severity: loud, channel: slack}]}", "p.yaml(1,42): found 'loud', expected one of info, warning, error, critical" },
        { "monitoring: {alert_channels: [{severity: error}]}", "p.yaml(1,31): found 'no channel', expected a channel's name such as slack, pagerduty or email" },
        { "monitoring: {alert_channels: [{channel: slack, environments: [moon]}]}", "p.yaml(1,63): found 'moon', expected one of dev, staging, production" },
        { "monitoring: {alert_channels: [Slack!]}", "p.yaml(1,31): found 'Slack!', expected a channel's name such as slack, pagerduty or email" },
        { "alerts: {names: {X: manual}}", "p.yaml(1,21): found 'manual', expected one of oscillation, operator-unhealthy, metrics-server-unavailable, scaler-errors, error-rate, scaling-latency-high, scaler-empty, fallback-active, none" },
        { "alerts: {names: [X]}", "p.yaml(1,17): found 'a list', expected alert names, each with its cause" },
        { "- a", "p.yaml(1,1): found 'a list', expected a mapping of settings" },

        // Out of range
        { "thresholds: {error_rate_percentage: 101}", "p.yaml(1,37): found '101', expected a whole number from 1 to 100" },
        { "thresholds: {scale_events_per_minute: 0}", "p.yaml(1,39): found '0', expected a whole number from 1 to 100000" },
        { "limits: {parallel_writes: 99999999999}", "p.yaml(1,27): found '99999999999', expected a whole number from 1 to 256" },
        { "recovery: {wave_soak: 29s}", "p.yaml(1,23): found '29s', expected a duration from 30s to 24h" },
        { "monitoring: {health_check_interval: 0s}", "p.yaml(1,37): found '0s', expected a duration from 1s to 24h" },

        // Who lets a recovery begin
        { "recovery: {causes: {oscillation: sometimes}}", "p.yaml(1,34): found 'sometimes', expected one of automatic, manual_after_repeats, manual" },
        { "recovery:\n  causes:\n    manual: manual", "p.yaml(3,5): found 'manual', expected one of oscillation, operator-unhealthy, metrics-server-unavailable, scaler-errors, error-rate" },
        { "recovery: {causes: manual}", "p.yaml(1,20): found 'manual', expected causes, each with who lets its recovery begin" },
        { "recovery: {manual_after: 1}", "p.yaml(1,26): found '1', expected a whole number from 2 to 16" },
        { "recovery: {repeat_window: 30s}", "p.yaml(1,27): found '30s', expected a duration from 1m to 168h" },

        // When recovery may begin
        { "recovery:\n  windows:\n    - {start: '0 9 * * 1-7', duration: 8h, zone: Europe/Berlin}", "p.yaml(3,15): found '0 9 * * 1-7', expected a cron expression of five fields such as '0 9 * * 1-5'; this one has 1-7 for day of week, which goes from 0 to 6" },
        { "recovery:\n  windows:\n    - {start: 'at nine', duration: 8h, zone: Europe/Berlin}", "p.yaml(3,15): found 'at nine', expected a cron expression of five fields such as '0 9 * * 1-5'" },
        { "recovery:\n  windows:\n    - {start: '0 9 * * *', duration: 8h}", "p.yaml(3,7): found 'no zone', expected an IANA time zone such as Europe/Berlin" },
        { "recovery:\n  windows:\n    - {start: '0 9 * * *', duration: 8h, zone: Berlin}", "p.yaml(3,48): found 'Berlin', expected an IANA time zone such as Europe/Berlin" },
        { "recovery:\n  windows:\n    - {start: '0 9 * * *', zone: UTC}", "p.yaml(3,7): found 'no end and no duration', expected just one of the two" },
        { "recovery:\n  windows:\n    - {start: '0 9 * * *', end: '0 8 * * *', duration: 8h, zone: UTC}", "p.yaml(3,33): found 'end and duration', expected just one of the two" },
        { "recovery:\n  windows:\n    - {start: '0 9 * * *', end: '0 17 * * *', zone: UTC, till: x}", "p.yaml(3,58): found 'till', expected one of start, end, duration, zone in recovery.windows" },
        { "recovery: {windows: [9-17]}", "p.yaml(1,22): found '9-17', expected a mapping with start, end, duration, zone" },
        { "recovery:\n  except: [{start: '* * * * *', duration: 1h, zone: UTC}]", "p.yaml(2,11): found 'windows and except', expected windows that leave some time: as they are, recovery would never begin by itself" },

        // Maintenance
        { "maintenance:\n  - {name: up, scope: cluster, start: '2026-07-01T22:00', end: '2026-07-01T23:00'}", "p.yaml(2,5): found 'no zone', expected an IANA time zone such as Europe/Berlin" },
        { "maintenance:\n  - {name: up, scope: cluster, zone: UTC, start: '2026-07-01T22:00'}", "p.yaml(2,5): found 'no end', expected a local time such as 2026-03-02T22:00, its zone beside it" },
        { "maintenance:\n  - {name: up, zone: UTC, cron: '0 22 * * 6', duration: 2h}", "p.yaml(2,5): found 'no scope', expected one of target, namespace, cluster" },
        { "maintenance:\n  - {name: up, scope: cluster, zone: UTC, cron: '0 22 * * 6'}", "p.yaml(2,5): found 'no duration', expected a duration such as 2h" },
        { "maintenance:\n  - {name: up, scope: cluster, zone: UTC, start: '2026-07-01T22:00Z', end: '2026-07-01T23:00'}", "p.yaml(2,50): found '2026-07-01T22:00Z', expected a local time such as 2026-03-02T22:00, its zone beside it" },
        { "maintenance:\n  - {name: up, scope: cluster, zone: UTC, start: '2026-07-01T22:00', end: '2026-07-01T21:00'}", "p.yaml(2,75): found '2026-07-01T21:00', expected an end after its start" },
        { "maintenance:\n  - {name: up, scope: namespace, zone: UTC, cron: '0 22 * * 6', duration: 2h}", "p.yaml(2,5): found 'no namespace', expected one with scope namespace" },
        { "maintenance:\n  - {name: up, scope: cluster, target: a, zone: UTC, cron: '0 22 * * 6', duration: 2h}", "p.yaml(2,40): found 'a', expected none with scope cluster" },
        { "maintenance:\n  - {name: up, scope: cluster, zone: UTC, cron: '0 22 * * 6', duration: 2h, start: '2026-07-01T22:00'}", "p.yaml(2,5): found 'cron and start', expected start and end, or cron and duration" },
        { "maintenance:\n  - {name: up, scope: cluster, zone: UTC, cron: '0 22 * * 6', duration: 2h}\n  - {name: up, scope: cluster, zone: UTC, cron: '0 22 * * 0', duration: 2h}", "p.yaml(3,5): found 'up', expected a name of its own: it is an id" },
        { "maintenance: {name: up}", "p.yaml(1,14): found 'a mapping', expected a list" },

        // Removed
        { "mode: act\nescalation: {channels: [pagerduty], after: 15m}", "p.yaml(2,1): found 'escalation', expected nothing: removed in 0.9; use an escalation policy of PagerDuty: what needs a human is repeated to its channels until it is acknowledged" },

        // Duplicates
        { "mode: act\nmode: act", "p.yaml(2,1): found 'mode' again, expected it once (it is at line 1 already)" },
        { "actions:\n  on_trip:\n    - send_alert\n    - pause_scaled_object\n    - send_alert", "p.yaml(5,7): found 'send_alert', expected each value once" },

        // Contradictions
        { "recovery: {waves: [50, 25, 100]}", "p.yaml(1,19): found '[50, 25, 100]', expected percentages that rise and end with 100" },
        { "recovery: {waves: [25, 50]}", "p.yaml(1,19): found '[25, 50]', expected percentages that rise and end with 100" },
        { "recovery: {waves: []}", "p.yaml(1,19): found '[]', expected percentages that rise and end with 100" },
        { "recovery: {waves: [0, 100]}", "p.yaml(1,20): found '0', expected a whole number from 1 to 100" },
        {
            "thresholds: {scale_events_per_minute: 3}\ncircuit_breaker: {max_scale_events_per_minute: 2}",
            "p.yaml(2,48): found '2' for circuit_breaker.max_scale_events_per_minute, expected '3' as thresholds.scale_events_per_minute at p.yaml(1,39) says, or only one of the two"
        },
        {
            "circuit_breaker: {cooldown_period: 1m}\nrecovery: {cooldown_period: 90s}",
            "p.yaml(2,29): found '90s' for recovery.cooldown_period, expected '1m' as circuit_breaker.cooldown_period at p.yaml(1,36) says, or only one of the two"
        },
        { "actions: {on_trip: [enable_hpa_fallback, send_alert]}", "p.yaml(1,20): found 'enable_hpa_fallback', expected pause_scaled_object beside it: without the pause KEDA's HPA and the fallback would fight over the workload" },
        { "actions: {on_recovery: [gradual_reenable, clear_alert]}", "p.yaml(1,24): found 'no disable_hpa', expected disable_hpa beside test_single_scaler and gradual_reenable: two HPAs on one workload would stop each other" },
        { "limits: {lease: 10s}", "p.yaml(1,17): found '10s', expected a lease longer than the request timeout, or no write could ever be sent" },
        { "limits: {request_timeout: 40s}", "p.yaml(1,27): found '30s', expected a lease longer than the request timeout, or no write could ever be sent" },
        { "recovery: {longest_wait: 1m}", "p.yaml(1,26): found '1m', expected a longest_wait of at least first_wait (2m)" },

        // YAML that is no policy
        { "a: &x {b: 1}", "p.yaml(1,4): found an anchor or a tag, expected plain YAML without either" },
        { "mode: !!str act", "p.yaml(1,7): found an anchor or a tag, expected plain YAML without either" },
        { "? [a]\n: b", "p.yaml(1,3): found 'a list', expected a plain key" },
        { "kind: ConfigMap\ndata: {other.yaml: x}", "p.yaml(1,1): found 'a ConfigMap', expected 'circuit_breaker.yaml' with the policy's text in its data" },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void A_fault_is_told_with_its_place_and_what_was_expected(string text, string expected) => Assert.Contains(expected, Faults(text));

    [Theory]
    [InlineData("a: [1, 2", "this can't be read as YAML")]
    [InlineData("a: b: c", "this can't be read as YAML")]
    [InlineData("mode: *nothing", "found an alias")]
    public void What_is_not_YAML_is_a_fault_with_its_place(string text, string words) =>
        Assert.Contains(Faults(text), f => f.StartsWith("p.yaml(", StringComparison.Ordinal) && f.Contains(words));

    [Fact]
    public void A_file_nested_without_end_is_a_fault_and_not_a_crash() =>
        Assert.Contains(Faults(new string('[', 5000)), f => f.Contains("nested deeper than 16"));

    [Fact]
    public void All_faults_of_all_files_are_told_at_once()
    {
        var fault = Assert.Throws<PolicyException>(() => PolicyLoader.Load(
            [("a.yaml", "mode: maybe\nmoed: 1"), ("b.yaml", "limits: {lease: 1s}")], "moon"));

        Assert.Equal(
            [
                "the host's settings: found 'moon', expected one of dev, staging, production as environment",
                "a.yaml(1,7): found 'maybe', expected one of observe, act",
                "a.yaml(2,1): found 'moed', expected a key known at the top; did you mean 'mode'?",
                "b.yaml(1,17): found '1s', expected a lease longer than the request timeout, or no write could ever be sent",
            ],
            fault.Faults.ToArray());
        Assert.StartsWith("The policy has 4 faults:\nthe host's settings", fault.Message);
    }

    [Fact]
    public void In_a_ConfigMap_the_place_is_the_outer_files()
    {
        const string Text = """
            apiVersion: v1
            kind: ConfigMap
            data:
              circuit_breaker.yaml: |

                thresholds:
                  consecutive_failures: many
            """;

        Assert.Equal(["p.yaml(7,29): found 'many', expected a whole number from 1 to 100000"], Faults(Text));
    }

    [Fact]
    public void In_a_quoted_text_the_place_is_where_it_begins() =>
        Assert.StartsWith("p.yaml(2,30): found 'x'", Assert.Single(Faults("kind: ConfigMap\ndata: {circuit_breaker.yaml: \"mode: x\"}")));

    [Fact]
    public void Two_files_that_disagree_are_a_contradiction()
    {
        var fault = Assert.Throws<PolicyException>(() => PolicyLoader.Load([("a.yaml", "mode: act"), ("b.yaml", "mode: observe")]));

        Assert.Contains("b.yaml(1,7)", Assert.Single(fault.Faults));
        Assert.Contains("a.yaml(1,7)", fault.Faults[0]);
    }

    [Fact]
    public void A_file_may_not_name_another_environment_than_the_host() =>
        Assert.Contains("the host's settings says", Assert.Single(Assert.Throws<PolicyException>(() => PolicyLoader.Load([("p.yaml", "environment: dev")], "prod")).Faults));

    private static string[] Faults(string text) => [.. Assert.Throws<PolicyException>(() => PolicyLoader.Load([("p.yaml", text)])).Faults];
}
