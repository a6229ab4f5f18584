using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Seed;

/// <summary>One ScaledObject with its Deployment. Min and Max are those of the spec.</summary>
public sealed record SeedTarget(string Namespace, string Name, string Workload, int Min, int Max, string Spec)
{
    public bool CpuRequests { get; init; } = true;
}

/// <summary>The targets of the source documents (section 2 of the specification), and more of their kind.</summary>
public static class SourceTargets
{
    public static IEnumerable<SeedTarget> All()
    {
        yield return new SeedTarget("artemis-mesh", "artemis-redis-scaler", "artemis-orchestrator", 2, 20, """
            {"scaleTargetRef":{"name":"artemis-orchestrator","kind":"Deployment"},"minReplicaCount":2,"maxReplicaCount":20,"pollingInterval":5,"cooldownPeriod":30,
             "fallback":{"behavior":"static","failureThreshold":3,"replicas":4},
             "triggers":[{"type":"redis","metadata":{"addressFromEnv":"REDIS_HOST","listName":"artemis:task:queue","listLength":"10","activationListLength":"5","databaseIndex":"0","enableTLS":"true"},"authenticationRef":{"name":"redis-trigger-auth"}}]}
            """);
        yield return new SeedTarget("artemis-mesh", "artemis-batch-processor", "artemis-batch-processor", 1, 10, """
            {"scaleTargetRef":{"name":"artemis-batch-processor","kind":"Deployment"},"minReplicaCount":1,"maxReplicaCount":10,
             "triggers":[{"type":"cron","metadata":{"timezone":"UTC","start":"0 2 * * *","end":"0 6 * * *","desiredReplicas":"8"}}]}
            """);
        // One ScaledObject with all triggers: KEDA refuses two on one Deployment.
        yield return new SeedTarget("sophia-mesh", "sophia-ai-prometheus-scaler", "sophia-orchestrator", 3, 30, """
            {"scaleTargetRef":{"name":"sophia-orchestrator","kind":"Deployment"},"minReplicaCount":3,"maxReplicaCount":30,"pollingInterval":10,"cooldownPeriod":60,
             "advanced":{"horizontalPodAutoscalerConfig":{"behavior":{
               "scaleDown":{"stabilizationWindowSeconds":120,"policies":[{"type":"Percent","value":50,"periodSeconds":60}]},
               "scaleUp":{"stabilizationWindowSeconds":0,"policies":[{"type":"Percent","value":100,"periodSeconds":15},{"type":"Pods","value":4,"periodSeconds":15}],"selectPolicy":"Max"}}}},
             "triggers":[
               {"type":"prometheus","metadata":{"serverAddress":"http://prometheus.istio-system:9090","query":"histogram_quantile(0.95, sum(rate(inference_latency_seconds_bucket[1m])) by (le, pod))","threshold":"2","activationThreshold":"1.5"}},
               {"type":"prometheus","metadata":{"serverAddress":"http://prometheus.istio-system:9090","query":"avg(gpu_utilization_percent{namespace=\"sophia-mesh\"})","threshold":"70","activationThreshold":"60"}},
               {"type":"cron","metadata":{"timezone":"America/Los_Angeles","start":"0 8 * * 1-5","end":"0 20 * * 1-5","desiredReplicas":"15"}},
               {"type":"cron","metadata":{"timezone":"America/Los_Angeles","start":"0 10 * * 0,6","end":"0 18 * * 0,6","desiredReplicas":"5"}}]}
            """);
        yield return new SeedTarget("sophia-mesh", "sophia-ai-services", "sophia-ai-services", 2, 15, """
            {"scaleTargetRef":{"name":"sophia-ai-services","kind":"Deployment"},"minReplicaCount":2,"maxReplicaCount":15,"pollingInterval":5,"cooldownPeriod":60,
             "triggers":[{"type":"redis","metadata":{"addressFromEnv":"REDIS_HOST","listName":"sophia:inference:queue","listLength":"5","activationListLength":"2","databaseIndex":"0","enableTLS":"true"},"authenticationRef":{"name":"redis-trigger-auth"}}]}
            """);
    }

    public static IEnumerable<SeedTarget> Generated(ulong seed, int count)
    {
        var random = SeededRandom.For(seed, "targets");
        string[] verbs = ["ingest", "embed", "rank", "score", "index", "route", "train", "enrich", "audit", "notify"];
        for (var i = 1; i <= count; i++)
        {
            var (ns, mesh) = i % 2 == 0 ? ("artemis-mesh", "artemis") : ("sophia-mesh", "sophia");
            var name = $"{mesh}-{verbs[random.Whole(0, verbs.Length - 1)]}-{i:000}";
            var min = random.Whole(1, 3);
            var max = min + random.Whole(5, 20);
            var fallback = random.Chance(0.5) ? $$""" "fallback":{"behavior":"static","failureThreshold":3,"replicas":{{min + 2}}}, """ : "";
            var trigger = random.Chance(0.7)
                ? $$$"""{"type":"redis","metadata":{"addressFromEnv":"REDIS_HOST","listName":"{{{name}}}","listLength":"{{{random.Whole(5, 20)}}}"}}"""
                : $$$"""{"type":"prometheus","metadata":{"serverAddress":"http://prometheus.istio-system:9090","query":"sum(rate(requests_total{app=\"{{{name}}}\"}[1m]))","threshold":"100"}}""";
            yield return new SeedTarget(ns, name, name, min, max,
                $$"""{"scaleTargetRef":{"name":"{{name}}"},"minReplicaCount":{{min}},"maxReplicaCount":{{max}},"pollingInterval":{{random.Whole(1, 3) * 5}},"cooldownPeriod":60,{{fallback}}"triggers":[{{trigger}}]}""");
        }
    }
}
