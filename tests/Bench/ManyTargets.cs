using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Bench;

/// <summary>A cluster of many targets whose operator is dead, as one look sees it, and the decisions that follow.</summary>
internal static class ManyTargets
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 2, 0, 0, TimeSpan.Zero);

    public static Policy Policy { get; } = new() { Cluster = "bench", AlertChannels = ["slack", "pagerduty"] };

    public static Observation See(int targets, DateTimeOffset now) => new()
    {
        At = now,
        Operator = new OperatorView { Namespace = "keda", Deployment = "keda-operator", AvailableReplicas = 0, Lease = "keda/operator.keda.sh", LeaseRenewTime = Start },
        MetricsServer = new MetricsServerView { Available = true },
        Targets = Enumerable.Range(0, targets).Select(View).ToImmutableSortedDictionary(view => view.Id, view => view),
    };

    /// <summary>The panel right before the trip, and the decision that trips all of them.</summary>
    public static (Panel Before, Decision Trip, DateTimeOffset At) Trip(int targets)
    {
        var panel = Panel.Empty(Policy.Cluster);
        for (var now = Start; ; now += TimeSpan.FromSeconds(30))
        {
            var decision = Decide.Run(Input(panel, targets, now));
            if (!decision.Panel.Incidents.IsEmpty)
                return (panel, decision, now);
            panel = decision.Panel;
        }
    }

    public static DecisionInput Input(Panel panel, int targets, DateTimeOffset now) =>
        new() { Panel = panel, Observation = See(targets, now), Policy = Policy, Now = now };

    private static TargetView View(int number)
    {
        var name = $"sophia-worker-{number:00000}";
        return new TargetView
        {
            Id = new TargetId($"mesh-{number % 20:00}", name),
            Uid = $"00000000-0000-4000-8000-{number:000000000000}",
            ResourceVersion = $"{100_000 + number}",
            Workload = new WorkloadRef("apps/v1", "Deployment", name),
            Min = 2,
            Max = 20,
            KedaHpaName = "keda-hpa-" + name,
            Triggers = [new TriggerView("redis", ImmutableSortedDictionary<string, string>.Empty)],
            Replicas = new WorkloadView { Desired = 4, Available = 4, Containers = [new ContainerView("app", true)] },
            Ready = new ConditionView("True", "ScaledObjectReady", ""),
            Hpas =
            [
                new HpaView
                {
                    Name = "keda-hpa-" + name, Uid = $"hpa-{number}", Owner = HpaOwner.Keda, CreatedAt = Start.AddDays(-1), Min = 2, Max = 20,
                    CurrentReplicas = 4, DesiredReplicas = 4, ScalingActive = new ConditionView("True", "ValidMetricFound", ""),
                },
            ],
        };
    }
}
