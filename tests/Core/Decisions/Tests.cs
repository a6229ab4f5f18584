using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core.Tests.Alerts;
using Sophia.Keda.Reactor.Core.Tests.Causes;
using Sophia.Keda.Reactor.Core.Tests.Edges;
using Sophia.Keda.Reactor.Core.Tests.Orders;
using Sophia.Keda.Reactor.Core.Tests.Recovering;
using Sophia.Keda.Reactor.Core.Tests.Refusals;
using Sophia.Keda.Reactor.Core.Tests.Store;
using Sophia.Keda.Reactor.Core.Tests.Telling;
using Sophia.Keda.Reactor.Core.Tests.Trips;

namespace Sophia.Keda.Reactor.Core.Tests.Table;

/// <summary>Reasons that no row of the table shows, each with the test that does.</summary>
internal static class Tests
{
    private const string EveryRow = "every row that has one";

    public static ImmutableSortedDictionary<Reason, string> OfReasons { get; } = new Dictionary<Reason, string>
    {
        [Reason.AlertDuplicate] = In(nameof(AlertTests), nameof(AlertTests.The_same_alert_again_is_a_duplicate_and_changes_nothing)),
        [Reason.TargetLeftAloneForeignHpa] = In(nameof(LeftAloneTests), nameof(LeftAloneTests.It_is_left_alone_for_a_reason_and_the_page_says_so)),
        [Reason.TargetLeftAloneNoWorkload] = In(nameof(LeftAloneTests), nameof(LeftAloneTests.It_is_left_alone_for_a_reason_and_the_page_says_so)),
        [Reason.TargetLeftAloneResourceTriggersOnly] = In(nameof(LeftAloneTests), nameof(LeftAloneTests.It_is_left_alone_for_a_reason_and_the_page_says_so)),
        [Reason.TargetLeftAloneBlastRadius] = In(nameof(BlastRadiusTests), nameof(BlastRadiusTests.Target_scope_causes_trip_their_share_at_most)),
        [Reason.FrozenByAnnotation] = In(nameof(ActionTests), nameof(ActionTests.Annotated_to_freeze_it_freezes)),
        [Reason.FrozenByPolicy] = In(nameof(ActionTests), nameof(ActionTests.A_policy_without_enable_hpa_fallback_freezes)),
        [Reason.FallbackWatchesContainer] = In(nameof(WatchedContainerTests), nameof(WatchedContainerTests.Where_the_HPA_names_a_container_that_nobody_knew_of_the_first_that_asks_is_watched_from_then_on)),
        [Reason.FrozenWithoutCpuRequest] = In(nameof(ActionTests), nameof(ActionTests.Without_a_CPU_request_it_freezes_and_the_page_says_which_container)),
        [Reason.FrozenBesideVpa] = In(nameof(SurroundingsTests), nameof(SurroundingsTests.Where_a_VPA_sets_the_CPU_requests_it_is_frozen_and_the_audit_says_why)),
        [Reason.FrozenNameTaken] = In(nameof(SurroundingsTests), nameof(SurroundingsTests.When_a_stranger_has_the_name_of_its_fallback_elsewhere_it_is_frozen_and_the_stranger_is_not_touched)),
        [Reason.FallbackNotScaling] = In(nameof(ActionTests), nameof(ActionTests.A_fallback_HPA_that_does_not_scale_is_paged_once_at_its_second_sync)),
        [Reason.FallbackShort] = In(nameof(ShortageTests), nameof(ShortageTests.An_exhausted_quota_is_paged_at_once_and_once)),
        [Reason.CronNotEvaluated] = In(nameof(CronTests), nameof(CronTests.What_can_not_be_evaluated_keeps_what_ran_until_it_is_back_and_page_and_why_say_so)),
        [Reason.FallbackLeftAtZero] = In(nameof(FourAnnotationsTests), nameof(FourAnnotationsTests.A_workload_that_somebody_scales_to_0_later_stays_there_and_is_told_once)),
        [Reason.RaisedFromZero] = In(nameof(CapacityTests), nameof(CapacityTests.An_idle_target_at_zero_is_raised_to_its_own_fallback_replicas_or_to_from_zero)),
        [Reason.RaisedToFloor] = In(nameof(CapacityTests), nameof(CapacityTests.What_the_floor_asks_for_is_raised_at_once_after_KEDAs_HPA_is_gone_and_the_fallback_stands)),
        [Reason.RaisedToCron] = In(nameof(CapacityTests), nameof(CapacityTests.What_cron_asks_for_is_raised_at_once)),
        [Reason.RaisedWithoutHpa] = In(nameof(CapacityTests), nameof(CapacityTests.What_the_policys_min_asks_for_is_left_to_the_HPA_for_two_syncs_and_then_raised)),
        [Reason.FixedReplicas] = In(nameof(CapacityTests), nameof(CapacityTests.A_fixed_number_does_not_fight_with_a_human_either)),
        [Reason.ReplicasInPlace] = In(nameof(CapacityTests), nameof(CapacityTests.Page_why_and_breaker_speak_of_replicas_that_are_there)),
        [Reason.TargetMoved] = In(nameof(MovedTests), nameof(MovedTests.The_fallback_follows_to_the_new_workload_with_what_runs_there)),
        [Reason.ReplicaCapReached] = In(nameof(ReplicaCapTests), nameof(ReplicaCapTests.One_incident_adds_no_more_than_its_cap_and_the_most_critical_are_served_first)),
        [Reason.GateAmbiguous] = In(nameof(GateTests), nameof(GateTests.A_bad_canary_is_put_back_and_told_and_another_goes_first)),
        [Reason.GateTooEarly] = Inconclusive(nameof(GateTests), nameof(GateTests.One_bad_look_right_after_the_hand_back_is_no_verdict)),
        [Reason.GateNoSync] = Inconclusive(nameof(GateTests), nameof(GateTests.A_canary_that_cannot_be_judged_lets_another_go_first_after_ten_minutes_and_when_none_can_be_a_human_is_asked)),
        [Reason.GateBlind] = Inconclusive(nameof(GateTests), nameof(GateTests.While_blind_nothing_can_be_judged_and_after_ten_minutes_it_is_held_for_a_human)),
        [Reason.GateNotAvailable] = Inconclusive(nameof(GateTests), nameof(GateTests.A_canary_that_cannot_be_judged_lets_another_go_first_after_ten_minutes_and_when_none_can_be_a_human_is_asked)),
        [Reason.GateScaling] = Inconclusive(nameof(GateTests), nameof(GateTests.One_in_the_middle_of_scaling_waits_until_it_stands_still)),
        [Reason.CanaryMoves] = Inconclusive(nameof(CanaryTests), nameof(CanaryTests.While_every_target_is_moving_there_is_none_and_after_ten_minutes_a_human_is_asked)),
        [Reason.HeldInconclusive] = In(nameof(GateTests), nameof(GateTests.A_canary_that_cannot_be_judged_lets_another_go_first_after_ten_minutes_and_when_none_can_be_a_human_is_asked)),
        [Reason.HeldAfterAttempts] = In(nameof(HoldTests), nameof(HoldTests.After_max_attempts_it_is_held_and_paged_and_waits_longer_each_time)),
        [Reason.HeldByPolicy] = In(nameof(RepeatTests), nameof(RepeatTests.A_manual_cause_is_held_from_the_first_page_until_an_operator_releases_it)),
        [Reason.HeldAfterRepeats] = In(nameof(RepeatTests), nameof(RepeatTests.The_third_trip_waits_for_a_human_with_the_numbers_seen)),
        [Reason.RepeatWaitsLonger] = In(nameof(RepeatTests), nameof(RepeatTests.A_second_trip_of_the_same_target_waits_longer_and_says_so)),
        [Reason.RecoveryWaitsForWindow] = In(nameof(RecoveryWindowTests), nameof(RecoveryWindowTests.At_night_it_trips_at_once_and_recovery_waits_for_the_window_that_it_names)),
        [Reason.ManualTripExpired] = In(nameof(OrderTests), nameof(OrderTests.A_duration_ends_by_itself_and_the_page_says_when)),
        [Reason.EventStood] = In(nameof(KedaEventTests), nameof(KedaEventTests.A_failed_event_that_stands_for_two_minutes_trips_that_target)),
        [Reason.EventConfirmed] = In(nameof(KedaEventTests), nameof(KedaEventTests.A_failed_event_trips_at_once_when_the_probe_has_seen_that_target_fail)),
        [Reason.WriteFoundDone] = In(nameof(RefusalTests), nameof(RefusalTests.However_a_write_ends_it_is_audited_and_the_next_look_goes_on)),
        [Reason.WriteConflict] = In(nameof(RefusalTests), nameof(RefusalTests.However_a_write_ends_it_is_audited_and_the_next_look_goes_on)),
        [Reason.WriteLostReply] = In(nameof(RefusalTests), nameof(RefusalTests.However_a_write_ends_it_is_audited_and_the_next_look_goes_on)),
        [Reason.TrailBegun] = In(nameof(ContinuityTests), nameof(ContinuityTests.An_empty_store_begins_its_trail_by_saying_that_anything_before_is_lost)),
        [Reason.StoreLost] = In(nameof(ContinuityTests), nameof(ContinuityTests.A_store_that_knows_less_is_mended_from_memory_and_a_new_chain_names_the_loss)),
        [Reason.StoreRolledBack] = In(nameof(ContinuityTests), nameof(ContinuityTests.A_store_that_knows_less_is_mended_from_memory_and_a_new_chain_names_the_loss)),
        [Reason.StoreBack] = In(nameof(ContinuityTests), nameof(ContinuityTests.A_store_that_comes_back_unchanged_takes_up_what_was_done_without_it)),
        [Reason.MarksAdopted] = In(nameof(AdoptingTests), nameof(AdoptingTests.Marks_of_a_forgotten_incident_join_an_open_one_of_the_same_cause)),
        [Reason.MarksNotAdopted] = In(nameof(AdoptingTests), nameof(AdoptingTests.A_memory_that_names_no_possible_incident_is_not_believed)),
        [Reason.MarksReplayed] = In(nameof(ReplayTests), nameof(ReplayTests.Marks_of_a_closed_incident_that_an_old_manifest_brings_back_are_told_and_not_acted_on)),
        [Reason.IncidentRebuilt] = In(nameof(AdoptingTests), nameof(AdoptingTests.A_lost_incident_is_rebuilt_with_its_id_its_time_and_its_targets_and_begins_again_at_its_cooldown)),
        [Reason.PanelTrimmed] = In(nameof(AlertFloodTests), nameof(AlertFloodTests.Of_alerts_the_least_telling_are_let_go)),
        [Reason.WriteDone] = EveryRow,
        [Reason.PageQueued] = EveryRow,
        [Reason.AlertUnknownName] = Outside("IgnoredAlertTests"),
        [Reason.AlertOtherCluster] = Outside("IgnoredAlertTests"),
        [Reason.AlertWithoutTarget] = Outside("IgnoredAlertTests"),
        [Reason.AlertInvalid] = Outside("IgnoredAlertTests"),
        [Reason.AlertInFuture] = Outside("IgnoredAlertTests"),
        [Reason.AlertOtherService] = Outside("AzureMonitorTests"),
        [Reason.EventUnknownType] = Outside("EventsPayloadTests"),
        [Reason.PageDelivered] = Outside("PageDeliveryTests"),
        [Reason.ChannelUnconfigured] = In(nameof(UnconfiguredChannelTests), nameof(UnconfiguredChannelTests.A_channel_that_is_named_and_not_configured_is_told_of_once_on_the_others)),
        [Reason.AuditPruned] = Outside("StoreContract"),
        [Reason.AuditNotSent] = Outside("AuditFeedTests"),
        [Reason.DoorRefused] = "not the core's; tests/Integration, AuditEndpointTests",
        [Reason.LeaseNeverMoved] = In(nameof(UnmovedLeaseTests), nameof(UnmovedLeaseTests.A_lease_that_was_left_behind_trips_nothing_and_is_asked_about_once)),
        [Reason.KedaNotRegistered] = In(nameof(KedaRegistryTests), nameof(KedaRegistryTests.A_resource_that_is_gone_is_told_once_it_has_lasted_and_when_it_is_back)),
        [Reason.TargetCantWork] = In(nameof(CantWorkTests), nameof(CantWorkTests.Three_without_a_workload_beside_four_healthy_ones_move_nothing_and_are_told_once)),
        [Reason.OrderInvalid] = "not the core's; tests/Integration, AuditEndpointTests",
        [Reason.PageFolded] = Outside("PageDeliveryTests"),
        [Reason.PageTested] = Outside("PageDeskTests"),
        [Reason.PageResent] = Outside("PageDeskTests"),
        [Reason.PagesSilent] = Outside("LastResortTests"),
        [Reason.PagesHeardAgain] = Outside("LastResortTests"),
        [Reason.PageRetried] = Outside("PageDeliveryTests"),
        [Reason.PageUndeliverable] = Outside("PageDeliveryTests"),
        [Reason.RecordOfOtherVersion] = Outside("AuditJsonTests"),
    }.ToImmutableSortedDictionary();

    private static string In(string tests, string test) => $"{tests}: {test.Replace('_', ' ')}";

    /// <summary>A finding of the gate: it stands in the words of the hold that it leads to, not as a record of its own.</summary>
    private static string Inconclusive(string tests, string test) => $"{In(tests, test)} (in the words of `{Reason.HeldInconclusive}`)";

    private static string Outside(string tests) => $"not the core's; tests/Contracts, {tests}";
}
