using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Metrics;

/// <summary>A reactor of which everything is known and in which everything is under way: its page has each family with a sample.</summary>
internal static class EverythingKnown
{
    public static readonly DateTimeOffset At = new(2026, 8, 1, 10, 0, 0, TimeSpan.Zero);

    private static readonly TargetId Target = new("mesh", "a");

    public static MetricsInput Input()
    {
        var counters = new Counters();
        counters.Signal(Reason.AlertAccepted);
        counters.Scaling.Look(Scaled.Seen(At, wish: 2, available: 2), TimeSpan.FromMinutes(1));
        counters.Scaling.Look(Scaled.Seen(At.AddSeconds(30), wish: 4, available: 4), TimeSpan.FromMinutes(1));
        return new MetricsInput
        {
            Cluster = "c",
            Counters = counters,
            Panel = Panel(),
            Breakers = [new BreakerView { Namespace = "mesh", Name = "a", State = BreakerState.Open, Autoscaler = "" }],
            Pages = [new OutboxCount("slack", 3, 1, At)],
            Unheard = 1,
            UndecidedFor = TimeSpan.FromSeconds(7),
            Channels = ["slack"],
            UnconfiguredChannels = ["email"],
            LastRun = new RunReport { StartedAt = At, Took = TimeSpan.FromSeconds(1), HeldLease = true },
            Preflight = new PreflightReport { At = At, Words = "", Findings = [] },
            WatchdogHeardAt = At,
        };
    }

    private static Panel Panel() => Core.Panel.Empty("c") with
    {
        LastProbeAt = At,
        Incidents = ImmutableSortedDictionary<string, Incident>.Empty.Add("i", new Incident
        {
            Id = "i", Cluster = "c", Cause = Cause.Oscillation, OpenedAt = At, Why = "w",
            Hold = new Hold(Reason.HeldByHuman, "ana", "drill", At.AddMinutes(1)),
            Members = ImmutableSortedDictionary<TargetId, Member>.Empty.Add(Target, new Member { State = MemberState.HandedBack, Reason = Reason.AlertAccepted, Since = At }),
            Recovery = new Recovery { Stage = Stage.Wave, Batch = [Target] },
        }),
        Targets = ImmutableSortedDictionary<TargetId, TrippedTarget>.Empty.Add(Target, new TrippedTarget
        {
            Id = Target, Uid = "u", IncidentId = "i", Phase = Phase.HandingBack, Since = At, HandbackSince = At.AddMinutes(2), Problem = "refused",
            Memory = new TargetMemory
            {
                IncidentId = "i", Cause = Cause.Oscillation, TrippedAt = At, Action = FallbackAction.Cpu, Workload = new WorkloadRef("apps/v1", "Deployment", "a"),
                Min = 1, Max = 9, CachedReplicas = 3, FallbackMin = 3, Floor = 3, FloorUntil = At,
            },
        }),
        Windows = ImmutableSortedDictionary<TargetId, ProbeWindow>.Empty.Add(Target, new ProbeWindow
        {
            Rescales = [new(At.AddMinutes(-6), 9), new(At.AddMinutes(-2), 1), new(At.AddMinutes(-1), 5), new(At, 1)],
        }),
    };
}
