using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Story.Telling;

/// <summary>One row of the table: what, where, since when, replicas, which autoscaler.</summary>
public sealed record Row(string Target, BreakerState State, DateTimeOffset? Since, int Replicas, int Available, string Autoscaler);

/// <summary>Everything that is shown at one moment.</summary>
public sealed record Sighting(DateTimeOffset Now, double Speed, string Doing, string Keda, ImmutableArray<Row> Rows)
{
    public static Sighting Of(DateTimeOffset now, double speed, string doing, ClusterSnapshot cluster, Panel panel, Observation? seen, Policy policy)
    {
        var rows = cluster.Targets.Select(target =>
        {
            var id = new TargetId(target.Namespace, target.Name);
            var view = seen is null ? null : Breakers.One(panel, seen, policy, id);
            return new Row($"{target.Namespace}/{target.Name}", view?.State ?? BreakerState.Closed, view?.Since, target.Replicas, target.AvailableReplicas, Autoscaler(target));
        });
        var operators = cluster.Operators.Length < 2 ? $"operator {cluster.Operator.ToString().ToLowerInvariant()}"
            : string.Join(", ", cluster.Operators.Select(o => $"{o.Name[(o.Name.IndexOf('/') + 1)..]} {o.State.ToString().ToLowerInvariant()}"));
        var keda = $"{operators}, metrics server {(cluster.MetricsServerUp ? "up" : "down")}";
        return new Sighting(now, speed, doing, keda, [.. rows]);
    }

    private static string Autoscaler(TargetState target) => target.Hpas switch
    {
        [] => target.Paused is null ? "none" : "none (paused)",
        [var one] => one.HasKedaLabel ? $"KEDA's {one.Name}" : one.Name,
        var many => string.Join(" + ", many.Select(h => h.Name)),
    };
}
