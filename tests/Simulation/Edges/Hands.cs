using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Simulation.Tests.Edges;

/// <summary>What humans and other programs do to the cluster beside the reactor, through the same API.</summary>
internal static class Hands
{
    public const string Space = "sophia-mesh";
    public const string Name = "edge";

    public static string ScaledObject { get; } = $"/apis/keda.sh/v1alpha1/namespaces/{Space}/scaledobjects/{Name}";

    public static string Hpas { get; } = $"/apis/autoscaling/v2/namespaces/{Space}/horizontalpodautoscalers";

    /// <summary>One more target with a redis trigger, settled.</summary>
    public static TargetState AddTarget(this SimWorld world, int min = 1, int max = 10, string more = "", string kind = "Deployment", string apiVersion = "apps/v1", double demand = 3, bool cpuRequests = true, bool withWorkload = true)
    {
        var spec = SpecOf(min, max, more, kind, apiVersion);
        if (kind == "Deployment" && withWorkload)
        {
            SandboxSeed.Add(world.Cluster, new SeedTarget(Space, Name, Name, min, max, spec) { CpuRequests = cpuRequests });
        }
        else
        {
            if (withWorkload)
                world.Cluster.Store.Create(Resources.ScaleTarget(kind)!, SeedDocuments.Deployment(Space, Name, Math.Max(1, min), cpuRequests), "kubectl");
            world.Cluster.Store.Create(Resources.ScaledObjects, (JsonObject)Json.Sorted(SeedDocuments.ScaledObject(Space, Name, JsonNode.Parse(spec)!))!, "kubectl");
        }

        world.Cluster.EndStep();
        world.Faults.SetDemand(Space, Name, demand);
        world.Pass(TimeSpan.FromMinutes(12));
        return world.Edge();
    }

    private static string SpecOf(int min, int max, string more, string kind, string apiVersion) => $$$"""
        {"scaleTargetRef":{"apiVersion":"{{{apiVersion}}}","kind":"{{{kind}}}","name":"{{{Name}}}"},"minReplicaCount":{{{min}}},"maxReplicaCount":{{{max}}},"pollingInterval":5,"cooldownPeriod":30{{{more}}},
         "triggers":[{"type":"redis","metadata":{"address":"127.0.0.1:16379","listName":"edge","listLength":"5","enableTLS":"false"}}]}
        """;

    public static TargetState Edge(this SimWorld world) => world.Cluster.Target(Space, Name)!;

    public static ApiResponse Call(this SimWorld world, string method, string path, string? body = null, string type = "application/merge-patch+json")
    {
        var response = new KubernetesApi(world.Cluster).Handle(ApiRequest.From(method, path, body, type) with { UserAgent = "kubectl/v1.36" });
        Assert.InRange(response.Status, 200, 299);
        return response;
    }

    public static void Annotate(this SimWorld world, string key, string? value, string manager = "kubectl-annotate") =>
        world.Call("PATCH", $"{ScaledObject}?fieldManager={manager}", new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [key] = value } } }.ToJsonString());

    public static void OperatorDies(this SimWorld world)
    {
        world.Faults.SetOperator(Sandbox.Keda.OperatorState.Dead);
        world.PassUntil(() => world.Panel.OpenIncident(Core.Cause.OperatorUnhealthy) is not null, TimeSpan.FromMinutes(5), "a trip");
        world.Pass(TimeSpan.FromMinutes(1));
    }

    /// <summary>The operator is back; everything comes to rest.</summary>
    public static void Heal(this SimWorld world)
    {
        world.Faults.SetOperator(Sandbox.Keda.OperatorState.Alive);
        world.PassUntil(() => world.AtRest, TimeSpan.FromHours(4), "every incident is closed");
        world.Pass(TimeSpan.FromMinutes(2));
    }

    public static IEnumerable<string> HpasNow(this SimWorld world) => world.Edge().Hpas.Select(h => h.Name);
}
