using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Exporters;

/// <summary>What kube-state-metrics would say of Deployments and HPAs: the part that rules and dashboards read.</summary>
internal static class KubeStateMetrics
{
    public static string Text(SandboxCluster cluster)
    {
        var page = new Exposition();
        foreach (var deployment in cluster.Store.All(Resources.Deployments))
        {
            (string, string)[] labels = [("namespace", deployment.Namespace), ("deployment", deployment.Name)];
            page.Gauge("kube_deployment_spec_replicas", deployment.Spec.Whole("replicas") ?? 1, labels);
            page.Gauge("kube_deployment_status_replicas", deployment.Status.Whole("replicas") ?? 0, labels);
            page.Gauge("kube_deployment_status_replicas_available", deployment.Status.Whole("availableReplicas") ?? 0, labels);
        }

        foreach (var set in cluster.Store.All(Resources.StatefulSets))
            page.Gauge("kube_statefulset_replicas", set.Spec.Whole("replicas") ?? 1, [("namespace", set.Namespace), ("statefulset", set.Name)]);

        foreach (var hpa in cluster.Store.All(Resources.Hpas))
        {
            (string, string)[] labels = [("namespace", hpa.Namespace), ("horizontalpodautoscaler", hpa.Name)];
            var target = hpa.Spec.Object("scaleTargetRef");
            page.Gauge("kube_horizontalpodautoscaler_info", 1,
            [
                .. labels, ("scaletargetref_api_version", target.Text("apiVersion") ?? ""), ("scaletargetref_kind", target.Text("kind") ?? ""), ("scaletargetref_name", target.Text("name") ?? ""),
            ]);

            // As with --metric-labels-allowlist=horizontalpodautoscalers=[scaledobject.keda.sh/name].
            if (hpa.Metadata.Object("labels").Text(KedaHpa.ScaledObjectLabel) is { } scaledObject)
                page.Gauge("kube_horizontalpodautoscaler_labels", 1, [.. labels, ("label_scaledobject_keda_sh_name", scaledObject)]);
            foreach (var metric in HpaView.Of(hpa).Metrics)
                page.Gauge("kube_horizontalpodautoscaler_spec_target_metric", metric.Target / 1000.0,
                    [.. labels, ("metric_name", metric.Name), ("metric_target_type", metric.Utilization ? "utilization" : "average")]);
            page.Gauge("kube_horizontalpodautoscaler_spec_min_replicas", hpa.Spec.Whole("minReplicas") ?? 1, labels);
            page.Gauge("kube_horizontalpodautoscaler_spec_max_replicas", hpa.Spec.Whole("maxReplicas") ?? 0, labels);
            page.Gauge("kube_horizontalpodautoscaler_status_current_replicas", hpa.Status.Whole("currentReplicas") ?? 0, labels);
            page.Gauge("kube_horizontalpodautoscaler_status_desired_replicas", hpa.Status.Whole("desiredReplicas") ?? 0, labels);
        }

        return page.ToString();
    }
}
