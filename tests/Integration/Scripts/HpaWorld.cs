using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

/// <summary>Four workloads with an HPA each, a quarter of all, and the manifests of the ScaledObjects that are to take them over.</summary>
internal static class HpaWorld
{
    public static readonly int[] Four = [1, 2, 3, 4];

    public static string Autoscaler(ScriptCluster world, int workload) => world.Kubernetes.Look(cluster =>
    {
        var hpa = Assert.Single(cluster.HpasOn(new WorkloadKey("sophia-mesh", "Deployment", $"w{workload}")));
        return (hpa.OwnerKind == "ScaledObject" ? "keda " : "hpa ") + hpa.Name;
    });

    /// <param name="workloads">So many of the four.</param>
    public static async Task<ScriptCluster> WithHpasAsync(int workloads = 4)
    {
        var world = await ScriptCluster.StartAsync();
        await world.KubectlAsync("apply -f -", string.Concat(Four.Take(workloads).Select(i => $$$"""
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: w{{{i}}}, namespace: sophia-mesh}
            spec:
              replicas: 2
              selector: {matchLabels: {app: w{{{i}}}}}
              template:
                metadata: {labels: {app: w{{{i}}}}}
                spec:
                  containers:
                    - {name: app, image: x, resources: {requests: {cpu: 100m} } }
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: w{{{i}}}-cpu, namespace: sophia-mesh}
            spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: w{{{i}}}}, minReplicas: 2, maxReplicas: 9}

            """)));
        world.Terminal.Write("scalers/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [so.yaml]\n");
        world.Terminal.Write("scalers/so.yaml", Manifests(workloads: workloads));
        return world;
    }

    /// <param name="away">The workload whose source does not answer.</param>
    /// <param name="also">More of each ScaledObject's spec, with its indentation.</param>
    /// <param name="annotations">Of each ScaledObject.</param>
    /// <param name="workloads">So many of the four.</param>
    public static string Manifests(string away = "", string also = "", string annotations = "{}", int workloads = 4) => string.Concat(Four.Take(workloads).Select(i => $$$"""
        ---
        apiVersion: keda.sh/v1alpha1
        kind: ScaledObject
        metadata: {name: w{{{i}}}-scaler, namespace: sophia-mesh, annotations: {{{annotations}}}}
        spec:
          scaleTargetRef: {name: w{{{i}}}}
          minReplicaCount: 2
          maxReplicaCount: 1{{{i}}}
        {{{also}}}
          triggers:
            - type: prometheus
              metadata: {serverAddress: "http://prometheus.{{{(away == $"w{i}" ? "invalid" : "istio-system")}}}:9090", query: up, threshold: "5"}

        """));

    public static void Rewrite(this ScriptCluster world, string manifests) => File.WriteAllText(world.Terminal.PathOf("scalers/so.yaml"), manifests);
}
