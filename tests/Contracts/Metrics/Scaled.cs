using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Metrics;

/// <summary>Looks at a cluster with one target that KEDA's HPA scales.</summary>
internal static class Scaled
{
    public static readonly TargetId Target = new("mesh", "a");

    public static Observation Seen(DateTimeOffset at, int wish, int available, Func<TargetView, TargetView>? bend = null)
    {
        var view = new TargetView
        {
            Id = Target, Uid = "u", ResourceVersion = "1", Workload = new WorkloadRef("apps/v1", "Deployment", "a"), KedaHpaName = "keda-hpa-a",
            Replicas = new WorkloadView { Desired = wish, Available = available },
            Hpas = [Hpa(wish)],
        };
        return Seen(at, bend?.Invoke(view) ?? view);
    }

    public static Observation Seen(DateTimeOffset at, params ReadOnlySpan<TargetView> views) => new()
    {
        At = at,
        Targets = views.ToArray().ToImmutableSortedDictionary(view => view.Id, view => view),
        Operator = new OperatorView(),
        MetricsServer = new MetricsServerView { Available = true },
    };

    public static HpaView Hpa(int wish, string uid = "h") => new()
    {
        Name = "keda-hpa-a", Uid = uid, Owner = HpaOwner.Keda, CreatedAt = default, DesiredReplicas = wish, ScalingActive = new ConditionView("True", "ValidMetricFound", ""),
    };
}
