using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Kpis;

/// <summary>What is asked of Prometheus. Exporters differ from place to place, so each can be replaced by a setting.</summary>
public static class PrometheusQueries
{
    public const string ScalingLatency = "ScalingLatency";
    public const string Utilization = "Utilization";
    public const string QueueDepth = "QueueDepth";
    public const string ScalingFailures = "ScalingFailures";
    public const string Availability = "Availability";

    /// <summary>Stands for the period in seconds, with its unit.</summary>
    public const string Range = "$range";

    private const string Workloads = "kube_deployment_status_replicas_available{namespace=~\"artemis-mesh|sophia-mesh\"}";

    /// <summary>
    /// By the names that KEDA, kube-state-metrics and the kubelet export. The source documents' keda_scaling_duration_seconds is exported by no
    /// KEDA: the delay of its scale loop stands in for it.
    /// </summary>
    public static ImmutableSortedDictionary<string, string> Defaults { get; } = ImmutableSortedDictionary<string, string>.Empty
        .Add(ScalingLatency, $"max(quantile_over_time(0.95, keda_internal_scale_loop_latency_seconds[{Range}]))")
        .Add(Utilization, $"100 * avg_over_time((sum(rate(container_cpu_usage_seconds_total{{container!=\"\"}}[5m])) / sum(kube_pod_container_resource_requests{{resource=\"cpu\"}}))[{Range}:5m])")
        .Add(QueueDepth, $"avg(avg_over_time(redis_queue_length{{queue=~\".*task.*\"}}[{Range}]))")
        .Add(ScalingFailures, $"100 * avg_over_time(avg(increase(keda_scaled_object_errors_total[1m]) > bool 0)[{Range}:1m])")
        .Add(Availability, $"100 * avg_over_time(avg({Workloads} > bool 0)[{Range}:1m])");
}
