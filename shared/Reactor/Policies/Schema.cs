using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>Every key of a policy file. Keys of the source documents stand where they put them; ours are grouped around those.</summary>
internal static partial class Schema
{
    private static readonly ValueReader<int> s_count = Values.Number(1, 100_000);
    private static readonly ValueReader<int> s_percent = Values.Number(1, 100);
    private static readonly ValueReader<TimeSpan> s_wait = Values.Duration(TimeSpan.Zero, TimeSpan.FromDays(7));
    private static readonly ValueReader<TimeSpan> s_period = Values.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
    private static readonly ValueReader<TimeSpan> s_request = Values.Duration(TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(5));

    public static Section Root { get; } = new Section("")
        .Add("environment", ReadEnvironment)
        .Add("cluster", nameof(Policy.Cluster), Values.Word(ClusterName(), "a cluster's name of letters, digits, '.', '_' and '-' (at most 63)"), (p, v) => p with { Cluster = v })
        .Add("mode", nameof(Policy.ObserveOnly), Values.OneOf(("observe", true), ("act", false)), (p, v) => p with { ObserveOnly = v })
        .Add("writes", nameof(Policy.WritesStopped), Values.OneOf(("stopped", true), ("allowed", false)), (p, v) => p with { WritesStopped = v })
        .Add(new Section("circuit_breaker")
            .Add<bool>("enabled", nameof(Policy.Enabled), Values.Switch, (p, v) => p with { Enabled = v })
            .Add("max_scale_events_per_minute", nameof(Policy.ScaleEventsPerMinute), s_count, (p, v) => p with { ScaleEventsPerMinute = v })
            .Add("cooldown_period", nameof(Policy.CooldownPeriod), s_wait, (p, v) => p with { CooldownPeriod = v })
            .Add("fallback_replicas", nameof(Policy.FallbackReplicas), s_count, (p, v) => p with { FallbackReplicas = v }))
        .Add(new Section("thresholds")
            .Add("scale_events_per_minute", nameof(Policy.ScaleEventsPerMinute), s_count, (p, v) => p with { ScaleEventsPerMinute = v })
            .Add("direction_changes_in_5_min", nameof(Policy.DirectionChangesIn5Min), s_count, (p, v) => p with { DirectionChangesIn5Min = v })
            .Add("consecutive_failures", nameof(Policy.ConsecutiveFailures), s_count, (p, v) => p with { ConsecutiveFailures = v })
            .Add("error_rate_percentage", nameof(Policy.ErrorRatePercentage), s_percent, (p, v) => p with { ErrorRatePercentage = v })
            .Add("error_rate_minimum", nameof(Policy.ErrorRateMinimum), s_count, (p, v) => p with { ErrorRateMinimum = v })
            .Add("unhealthy_for", nameof(Policy.UnhealthyFor), s_period, (p, v) => p with { UnhealthyFor = v })
            .Add("evidence_expires", nameof(Policy.EvidenceExpires), s_period, (p, v) => p with { EvidenceExpires = v })
            .Add("blind_after", nameof(Policy.BlindAfter), s_period, (p, v) => p with { BlindAfter = v }))
        .Add(new Section("actions")
            .Add("on_trip", nameof(Policy.OnTrip), Values.ListOf(Values.OneOf(TripActions), once: true), (p, v) => p with { OnTrip = [.. v] })
            .Add("on_recovery", nameof(Policy.OnRecovery), Values.ListOf(Values.OneOf(RecoveryActions), once: true), (p, v) => p with { OnRecovery = [.. v] }))
        .Add(new Section("monitoring")
            .Add("health_check_interval", nameof(Policy.HealthCheckInterval), s_period, (p, v) => p with { HealthCheckInterval = v })
            .Add("recovery_test_period", nameof(Policy.RecoveryTestPeriod), s_period, (p, v) => p with { RecoveryTestPeriod = v })
            .Add("alert_channels", AlertChannels.Read))
        .Add(new Section("recovery")
            .Add("cooldown_period", nameof(Policy.CooldownPeriod), s_wait, (p, v) => p with { CooldownPeriod = v })
            .Add("verify_probes", nameof(Policy.VerifyProbes), s_count, (p, v) => p with { VerifyProbes = v })
            .Add<ImmutableArray<int>>("waves", nameof(Policy.Waves), ReadWaves, (p, v) => p with { Waves = v })
            .Add("wave_soak", nameof(Policy.WaveSoak), Values.Duration(TimeSpan.FromSeconds(30), TimeSpan.FromDays(1)), (p, v) => p with { WaveSoak = v })
            .Add("handback_timeout", nameof(Policy.HandbackTimeout), s_period, (p, v) => p with { HandbackTimeout = v })
            .Add("handback_timeout_per_target", nameof(Policy.HandbackTimeoutPerTarget), s_wait, (p, v) => p with { HandbackTimeoutPerTarget = v })
            .Add("max_attempts", nameof(Policy.MaxAttempts), s_count, (p, v) => p with { MaxAttempts = v })
            .Add("first_wait", nameof(Policy.FirstWait), s_wait, (p, v) => p with { FirstWait = v })
            .Add("longest_wait", nameof(Policy.LongestWait), s_wait, (p, v) => p with { LongestWait = v })
            .Add("wait_jitter_percent", nameof(Policy.WaitJitterPercent), Values.Number(0, 100), (p, v) => p with { WaitJitterPercent = v })
            .Add("inconclusive_timeout", nameof(Policy.InconclusiveTimeout), s_period, (p, v) => p with { InconclusiveTimeout = v })
            .Add("causes", RecoveryCauses.Read)
            .Add("manual_after", nameof(Policy.ManualAfter), Values.Number(2, 16), (p, v) => p with { ManualAfter = v })
            .Add("repeat_window", nameof(Policy.RepeatWindow), Values.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)), (p, v) => p with { RepeatWindow = v })
            .Add("windows", nameof(Policy.RecoveryWindows), Values.ListOf(TimeWindows.Entry("recovery.windows"), once: true), (p, v) => p with { RecoveryWindows = v })
            .Add("except", nameof(Policy.RecoveryExcept), Values.ListOf(TimeWindows.Entry("recovery.except"), once: true), (p, v) => p with { RecoveryExcept = v })
            .Add("put_backs", nameof(Policy.PutBacks), s_count, (p, v) => p with { PutBacks = v })
            .Add("put_back_window", nameof(Policy.PutBackWindow), s_period, (p, v) => p with { PutBackWindow = v }))
        .Removed("escalation", "an escalation policy of PagerDuty: what needs a human is repeated to its channels until it is acknowledged")
        .Add(new Section("fallback")
            .Add("replicas", nameof(Policy.FallbackReplicas), s_count, (p, v) => p with { FallbackReplicas = v })
            .Add("from_zero", nameof(Policy.FallbackFromZero), Values.Number(0, 100_000), (p, v) => p with { FallbackFromZero = v })
            .Add("cpu_utilization", nameof(Policy.CpuUtilization), s_percent, (p, v) => p with { CpuUtilization = v })
            .Add("floor_period", nameof(Policy.FloorPeriod), s_wait, (p, v) => p with { FloorPeriod = v }))
        .Add(new Section("limits")
            .Add("blast_radius_percent", nameof(Policy.BlastRadiusPercent), s_percent, (p, v) => p with { BlastRadiusPercent = v })
            .Add("max_added_replicas", nameof(Policy.MaxAddedReplicas), Values.Number(0, 1_000_000), (p, v) => p with { MaxAddedReplicas = v })
            .Add("parallel_writes", nameof(Policy.ParallelWrites), Values.Number(1, 256), (p, v) => p with { ParallelWrites = v })
            .Add("request_timeout", nameof(Policy.RequestTimeout), s_request, (p, v) => p with { RequestTimeout = v })
            .Add("lease", nameof(Policy.Lease), s_request, (p, v) => p with { Lease = v })
            .Add("longest_maintenance", nameof(Policy.LongestMaintenance), Values.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)), (p, v) => p with { LongestMaintenance = v })
            .Add("maintenance_reminder", nameof(Policy.MaintenanceReminder), s_wait, (p, v) => p with { MaintenanceReminder = v }))
        .Add<ImmutableArray<PlannedMaintenance>>("maintenance", nameof(Policy.Maintenance), PlannedMaintenances.Read, (p, v) => p with { Maintenance = v })
        .Add(new Section("alerts")
            .Add("names", AlertNames.Read));

    private static (string, TripAction)[] TripActions =>
    [
        ("pause_scaled_object", TripAction.PauseScaledObject),
        ("enable_hpa_fallback", TripAction.EnableHpaFallback),
        ("send_alert", TripAction.SendAlert),
        ("log_event", TripAction.LogEvent),
    ];

    private static (string, RecoveryAction)[] RecoveryActions =>
    [
        ("test_single_scaler", RecoveryAction.TestSingleScaler),
        ("gradual_reenable", RecoveryAction.GradualReenable),
        ("disable_hpa", RecoveryAction.DisableHpa),
        ("clear_alert", RecoveryAction.ClearAlert),
    ];

    private static void ReadEnvironment(PolicyNode node, SettingSink sink)
    {
        if (node is PolicyScalar { Text: var text } && Presets.Find(text) is { } name)
            sink.TakeEnvironment(name, node.Place);
        else
            sink.Faults.Add(node.Place, node.Show(), $"one of {Presets.Names}");
    }

    private static bool ReadWaves(PolicyNode node, FaultList faults, out ImmutableArray<int> waves)
    {
        if (!Values.ListOf(s_percent, once: false)(node, faults, out waves))
            return false;
        if (waves.IsEmpty || waves[^1] != 100 || waves.Zip(waves.Skip(1)).Any(w => w.First >= w.Second))
        {
            faults.Add(node.Place, $"[{string.Join(", ", waves)}]", "percentages that rise and end with 100");
            return false;
        }

        return true;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?\z", RegexOptions.ExplicitCapture, RegexPatience.Milliseconds)]
    private static partial Regex ClusterName();
}
