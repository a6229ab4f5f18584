using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Every number and choice that the decisions depend on. The initial values are the one table of defaults
/// (shown in README); files, presets and settings only replace them.
/// </summary>
public sealed record Policy
{
    /// <summary>Name of the one cluster that this reactor guards: part of pages, metrics and keys.</summary>
    public string Cluster { get; init; } = "default";

    /// <summary>False: signals are heard and audited, and nothing trips (dev).</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>True: decides and pages "would have", and writes nothing to the cluster.</summary>
    public bool ObserveOnly { get; init; }

    /// <summary>True: the kill switch is on by policy, whatever is ordered.</summary>
    public bool WritesStopped { get; init; }

    /// <summary>Time between two probes. Positive.</summary>
    public TimeSpan HealthCheckInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a sign of a dead operator or metrics server must last before it is evidence.</summary>
    public TimeSpan UnhealthyFor { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>MORE than this many rescales of one target within 60 s, back and forth, is oscillation. An HPA can do 4.</summary>
    public int ScaleEventsPerMinute { get; init; } = 3;

    /// <summary>This many changes of direction within 5 minutes is oscillation too.</summary>
    public int DirectionChangesIn5Min { get; init; } = 4;

    /// <summary>Probes in a row that must see a target failing.</summary>
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>MORE than this share of the targets that can be judged failing at once (percent, 1..100) is evidence against the whole of KEDA.</summary>
    public int ErrorRatePercentage { get; init; } = 30;

    /// <summary>And never fewer failing targets than this: one of three is 33 %, and no reason to trip a cluster.</summary>
    public int ErrorRateMinimum { get; init; } = 3;

    /// <summary>Evidence must be gone this long before recovery begins.</summary>
    public TimeSpan CooldownPeriod { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Good probes in a row before the canary.</summary>
    public int VerifyProbes { get; init; } = 3;

    /// <summary>Least replicas of a fallback, within the ScaledObject's [min, max]; its own spec.fallback.replicas wins.</summary>
    public int FallbackReplicas { get; init; } = 10;

    /// <summary>What a target that was idle at 0 is raised to, within its [min, max]; its own spec.fallback.replicas wins. 0: it stays there.</summary>
    public int FallbackFromZero { get; init; } = 1;

    /// <summary>Percent of the CPU request that the fallback HPA aims at (1..100).</summary>
    public int CpuUtilization { get; init; } = 60;

    /// <summary>After a trip a workload keeps at least the replicas it had, for this long.</summary>
    public TimeSpan FloorPeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the canary is watched.</summary>
    public TimeSpan RecoveryTestPeriod { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Cumulative shares of an incident's targets, percent, rising, the last 100.</summary>
    public ImmutableArray<int> Waves { get; init; } = [25, 50, 75, 100];

    /// <summary>How long a wave is watched before the next, at least; two good probes of each of its targets are needed too. Two HPA syncs (30 s) or more.</summary>
    public TimeSpan WaveSoak { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long KEDA may take to bring its HPA back, before anything per target is added.</summary>
    public TimeSpan HandbackTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Added to <see cref="HandbackTimeout"/> for each target of the wave: KEDA works through many one by one (KEDA #4642).</summary>
    public TimeSpan HandbackTimeoutPerTarget { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Failed recoveries before the incident is held for a human.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Wait after the first failed recovery; doubled each time.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The longest wait between two tries.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Spread of each wait around its value, percent.</summary>
    public int WaitJitterPercent { get; init; } = 20;

    /// <summary>A gate that can't be judged for this long becomes a hold.</summary>
    public TimeSpan InconclusiveTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Who lets the recovery begin, by cause; what is not in it is automatic.</summary>
    public ImmutableSortedDictionary<Cause, RecoveryMode> Recoveries { get; init; } = ImmutableSortedDictionary<Cause, RecoveryMode>.Empty
        .Add(Cause.Oscillation, RecoveryMode.ManualAfterRepeats)
        .Add(Cause.ScalerErrors, RecoveryMode.ManualAfterRepeats);

    /// <summary>So many trips of one target for one cause within <see cref="RepeatWindow"/> and a human must let the recovery begin. At least 2.</summary>
    public int ManualAfter { get; init; } = 3;

    /// <summary>How long a trip is remembered after it, so that the next one is known as a repeat: one night.</summary>
    public TimeSpan RepeatWindow { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Recovery by itself begins a canary or a wave only within one of these; none: at any time. A manual reset is not bound by them.</summary>
    public ImmutableArray<TimeWindow> RecoveryWindows { get; init; } = [];

    /// <summary>And in none of these.</summary>
    public ImmutableArray<TimeWindow> RecoveryExcept { get; init; } = [];

    /// <summary>Maintenance that is planned in the policy; more of it can be ordered.</summary>
    public ImmutableArray<PlannedMaintenance> Maintenance { get; init; } = [];

    /// <summary>The longest maintenance that can be ordered.</summary>
    public TimeSpan LongestMaintenance { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long before the end of maintenance people are reminded of the evidence that it suppresses.</summary>
    public TimeSpan MaintenanceReminder { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How often our pause or our delete is put back within <see cref="PutBackWindow"/> before we stop fighting.</summary>
    public int PutBacks { get; init; } = 3;

    /// <summary>The window in which put-backs are counted.</summary>
    public TimeSpan PutBackWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Target-scope causes may not trip more than this share of all targets without a human (percent; never less than one target).</summary>
    public int BlastRadiusPercent { get; init; } = 50;

    /// <summary>Replicas that one incident may add over what runs, in all; critical targets are served first.</summary>
    public int MaxAddedReplicas { get; init; } = 200;

    /// <summary>Firing alerts that nobody repeats or resolves count as ended after this long, when the probe is clean.</summary>
    public TimeSpan EvidenceExpires { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A cluster that can't be observed for this long is paged as "blind". Nothing ever trips on blindness.</summary>
    public TimeSpan BlindAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bound on cluster writes under way at once.</summary>
    public int ParallelWrites { get; init; } = 16;

    /// <summary>Timeout of one request to the API server.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a runner's lease lasts when it is not renewed.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What happens on a trip, from the source documents' actions.on_trip.</summary>
    public ImmutableSortedSet<TripAction> OnTrip { get; init; } =
        [TripAction.PauseScaledObject, TripAction.EnableHpaFallback, TripAction.SendAlert, TripAction.LogEvent];

    /// <summary>What happens on recovery, from the source documents' actions.on_recovery.</summary>
    public ImmutableSortedSet<RecoveryAction> OnRecovery { get; init; } =
        [RecoveryAction.TestSingleScaler, RecoveryAction.GradualReenable, RecoveryAction.DisableHpa, RecoveryAction.ClearAlert];

    /// <summary>The channels that alert_channels names; null: it does not say, and every channel that is configured is meant.</summary>
    public ImmutableArray<string>? NamedChannels { get; init; }

    /// <summary>The channels that are paged: configured, and named where the policy names some. The host knows which they are.</summary>
    public ImmutableArray<string> AlertChannels { get; init; } = [];

    /// <summary>Channels that the policy names and nobody configured here: they get no pages, and people are told so.</summary>
    public ImmutableArray<string> UnconfiguredChannels { get; init; } = [];

    /// <summary>Conditions of the channels that have some; a channel without gets every page.</summary>
    public ImmutableArray<PageRoute> PageRoutes { get; init; } = [];

    /// <summary>Alert name → cause, so that a team's own alert names work.</summary>
    public ImmutableSortedDictionary<string, Cause> AlertNames { get; init; } = DefaultAlertNames;

    /// <summary>The alert names that the shipped rules use.</summary>
    public static ImmutableSortedDictionary<string, Cause> DefaultAlertNames { get; } =
        ImmutableSortedDictionary<string, Cause>.Empty
            .Add("KEDAScalingOscillation", Cause.Oscillation)
            .Add("KEDAOperatorDown", Cause.OperatorUnhealthy)
            .Add("KEDAMetricsServerDown", Cause.MetricsServerUnavailable)
            .Add("KEDAScalerErrors", Cause.ScalerErrors)
            .Add("KEDAScalingLatencyHigh", Cause.ScalingLatencyHigh)
            .Add("KEDAScalerEmptyResponses", Cause.ScalerEmpty)
            .Add("KEDAHPAFallbackActive", Cause.FallbackActive);

    /// <summary>The policy where these channels are configured.</summary>
    public Policy Paging(ImmutableArray<string> configured)
    {
        var named = NamedChannels ?? configured;
        return this with { AlertChannels = [.. named.Where(configured.Contains)], UnconfiguredChannels = [.. named.Where(name => !configured.Contains(name))] };
    }

    public RecoveryMode RecoveryOf(Cause cause) => Recoveries.GetValueOrDefault(cause, RecoveryMode.Automatic);

    /// <summary>An observation older than this, seen from the next one, is a gap: signs start anew.</summary>
    public TimeSpan LongestGap => HealthCheckInterval * 2 + TimeSpan.FromSeconds(5);
}

/// <summary>Steps of a trip that a policy may leave out. Their order is ours, for safety.</summary>
public enum TripAction
{
    PauseScaledObject,
    EnableHpaFallback,
    SendAlert,
    LogEvent,
}

/// <summary>Steps of a recovery that a policy may leave out. Their order is ours, for safety.</summary>
public enum RecoveryAction
{
    TestSingleScaler,
    GradualReenable,
    DisableHpa,
    ClearAlert,
}
