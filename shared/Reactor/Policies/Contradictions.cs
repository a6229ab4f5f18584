using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>What no single setting shows: settings that can't all be meant, and settings that do something else than they seem to.</summary>
internal static class Contradictions
{
    /// <summary>An HPA syncs every 15 s: it can't rescale more often than this in a minute.</summary>
    private const int MostRescalesPerMinute = 4;

    public static void Check(Policy policy, SettingSink told, FaultList faults)
    {
        if (policy.Lease <= policy.RequestTimeout)
            Say("a lease longer than the request timeout, or no write could ever be sent", Values.Show(policy.Lease), nameof(Policy.Lease), nameof(Policy.RequestTimeout));
        if (policy.LongestWait < policy.FirstWait)
            Say($"a longest_wait of at least first_wait ({Values.Show(policy.FirstWait)})", Values.Show(policy.LongestWait), nameof(Policy.LongestWait), nameof(Policy.FirstWait));
        if (policy.OnTrip.Contains(TripAction.EnableHpaFallback) && !policy.OnTrip.Contains(TripAction.PauseScaledObject))
            Say("pause_scaled_object beside it: without the pause KEDA's HPA and the fallback would fight over the workload", "enable_hpa_fallback", nameof(Policy.OnTrip));
        if (!policy.OnRecovery.Contains(RecoveryAction.DisableHpa)
            && (policy.OnRecovery.Contains(RecoveryAction.TestSingleScaler) || policy.OnRecovery.Contains(RecoveryAction.GradualReenable)))
            Say("disable_hpa beside test_single_scaler and gradual_reenable: two HPAs on one workload would stop each other", "no disable_hpa", nameof(Policy.OnRecovery));

        // Looked at for a year, from a fixed day on: what a policy means does not depend on the day it is read.
        if (RecoveryHours.Closed(policy, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) is { Until: null })
            Say("windows that leave some time: as they are, recovery would never begin by itself", "windows and except", nameof(Policy.RecoveryExcept), nameof(Policy.RecoveryWindows));

        void Say(string expected, string found, params string[] fields) =>
            faults.Add(fields.Select(told.PlaceOf).FirstOrDefault(p => p is not null) ?? new Place("the policy", 0, 0), found, expected);
    }

    public static ImmutableArray<string> Warnings(Policy policy)
    {
        var warnings = ImmutableArray.CreateBuilder<string>();
        if (!policy.Enabled)
            warnings.Add("The breaker is disabled: signals are heard and audited, and nothing trips.");
        if (policy.WritesStopped)
            warnings.Add("writes is stopped: the kill switch is on, and nothing is written to the cluster until the policy allows it.");
        if (policy.ScaleEventsPerMinute >= MostRescalesPerMinute)
        {
            warnings.Add(
                $"scale_events_per_minute is {policy.ScaleEventsPerMinute}, and more than that can never be seen: an HPA syncs every 15 s, {MostRescalesPerMinute} times a minute. "
                + $"Oscillation is found by direction_changes_in_5_min ({policy.DirectionChangesIn5Min}) alone.");
        }

        if (!policy.OnTrip.Contains(TripAction.PauseScaledObject))
            warnings.Add("on_trip has no pause_scaled_object: without the pause nothing can be moved safely, so the reactor only observes.");
        else if (!policy.OnTrip.Contains(TripAction.EnableHpaFallback))
            warnings.Add("on_trip has no enable_hpa_fallback: a trip freezes workloads at the replicas that they have.");
        if (!policy.OnTrip.Contains(TripAction.SendAlert))
            warnings.Add("on_trip has no send_alert: nobody is paged when a breaker trips.");
        else if (policy.NamedChannels is { IsEmpty: true })
            warnings.Add("alert_channels is empty: nobody is paged when a breaker trips.");
        if (!policy.OnTrip.Contains(TripAction.LogEvent))
            warnings.Add("on_trip has no log_event: this has no effect, because the audit is never off.");
        if (!policy.OnRecovery.Contains(RecoveryAction.ClearAlert))
            warnings.Add("on_recovery has no clear_alert: pages stay open after the recovery until someone resolves them.");
        return warnings.ToImmutable();
    }
}
