using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Api.Fairness;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Seed;

/// <summary>The cluster of the source documents, settled: HPAs have synced, conditions are healthy.</summary>
public static class SandboxSeed
{
    /// <summary>How long before the given start the cluster begins to live, so that everything has come to rest by then.</summary>
    private static readonly TimeSpan SettlesIn = TimeSpan.FromMinutes(6);

    public static SandboxCluster Create(DateTimeOffset start, ulong seed, int moreTargets = 0, SandboxOptions? options = null)
    {
        var cluster = new SandboxCluster(start - SettlesIn, seed, options ?? new SandboxOptions());
        foreach (var ns in new[] { "default", "kube-system", KedaInstallation.Namespace, "artemis-mesh", "sophia-mesh", "shared-services" })
            cluster.Store.Create(Resources.Namespaces, SeedDocuments.Namespace(ns), "kubectl");
        InstallKeda(cluster);
        foreach (var target in SourceTargets.All().Concat(SourceTargets.Generated(seed, moreTargets)))
            Add(cluster, target);
        foreach (var one in cluster.Operators)
        {
            one.Unpaced = true;
            if (one.Runs)
                one.Start(atOnce: true);
            else
                cluster.Faults.SetOperator(OperatorState.Dead, $"{one.Spec.Namespace}/{one.Spec.Name}");
        }

        cluster.Advance(start);
        foreach (var one in cluster.Operators)
            one.Unpaced = false;
        BuiltIn.Install(cluster.Store, SeededRandom.For(seed, "fairness"));
        return cluster;
    }

    /// <summary>Adds one target with its workload; it settles as the cluster advances.</summary>
    public static void Add(SandboxCluster cluster, SeedTarget target)
    {
        var key = new WorkloadKey(target.Namespace, "Deployment", target.Workload);
        var demand = cluster.Parts.Demand(key, target.Min, target.Max);
        var replicas = Math.Clamp((int)Math.Ceiling(demand.At(cluster.Now)), target.Min, target.Max);
        cluster.Store.Create(Resources.Deployments, SeedDocuments.Deployment(target.Namespace, target.Workload, replicas, cluster.Options.CpuRequests && target.CpuRequests), "kubectl");
        var spec = JsonNode.Parse(target.Spec)!;
        var scaledObject = (JsonObject)Json.Sorted(SeedDocuments.ScaledObject(target.Namespace, target.Name, spec))!;
        ManagedFields.Record(Resources.ScaledObjects, null, scaledObject, "kubectl-client-side-apply", cluster.Now);
        cluster.Store.Create(Resources.ScaledObjects, scaledObject, "kubectl");
    }

    private static void InstallKeda(SandboxCluster cluster)
    {
        foreach (var spec in cluster.Options.Operators)
        {
            var deployment = SeedDocuments.Deployment(spec.Namespace, spec.Name, spec.Replicas, cpuRequests: true, Labels(cluster, spec.Name, "operator"));
            if (!spec.IsDefault)
                spec.Describe((JsonObject)deployment["spec"]!["template"]!["spec"]!["containers"]![0]!);
            cluster.Store.Create(Resources.Deployments, deployment, "helm");
        }

        foreach (var name in new[] { KedaInstallation.MetricsServer, KedaInstallation.Webhooks })
            cluster.Store.Create(Resources.Deployments, SeedDocuments.Deployment(KedaInstallation.Namespace, name, replicas: 2, cpuRequests: true, Labels(cluster, name, name)), "helm");
        SeedRegistry.Install(cluster);
        cluster.Store.Create(Resources.ApiServices, SeedDocuments.ExternalMetrics(KedaInstallation.Availability(up: true, cluster.Now)), "helm");
        cluster.Store.Create(Resources.ApiServices, SeedDocuments.ResourceMetrics(KedaInstallation.Availability(up: true, cluster.Now)), "helm");
    }

    /// <summary>Of a second operator name and part-of are the chart's operator.name.</summary>
    private static JsonObject Labels(SandboxCluster cluster, string name, string component) => new()
    {
        ["app"] = name,
        ["app.kubernetes.io/component"] = component,
        ["app.kubernetes.io/instance"] = "keda",
        ["app.kubernetes.io/managed-by"] = "Helm",
        ["app.kubernetes.io/name"] = name,
        ["app.kubernetes.io/part-of"] = component == "operator" ? name : "keda-operator",
        ["app.kubernetes.io/version"] = cluster.Options.KedaVersion,
    };
}
