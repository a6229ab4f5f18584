using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Simulator.Actors;

/// <summary>What people and programs of others do to the guarded cluster, by the API and under their own names.</summary>
internal static class Cluster
{
    public static string ScaledObjectPath(this TargetState target) => $"/apis/keda.sh/v1alpha1/namespaces/{target.Namespace}/scaledobjects/{target.Name}";

    public static string WorkloadPath(this TargetState target) => $"/apis/apps/v1/namespaces/{target.Namespace}/deployments/{target.Workload.Name}";

    public static string HpasPath(this TargetState target) => $"/apis/autoscaling/v2/namespaces/{target.Namespace}/horizontalpodautoscalers";

    public static TargetId Id(this TargetState target) => new(target.Namespace, target.Name);

    public static void Annotate(this World world, TargetState target, string by, params ReadOnlySpan<(string Key, string? Value)> annotations)
    {
        var keys = new JsonObject();
        foreach (var (key, value) in annotations)
            keys[key] = value;
        world.Call("PATCH", target.ScaledObjectPath(), new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = keys } }.ToJsonString(), by);
    }

    public static void Scale(this World world, TargetState target, int replicas, string by) =>
        world.Call("PATCH", target.WorkloadPath() + "/scale", new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } }.ToJsonString(), by);

    /// <summary>In the store itself: what no API server would take, but one of tomorrow or a broken one may hold.</summary>
    public static void Bend(this World world, Resource resource, string ns, string name, Action<JsonObject> change)
    {
        if (world.Cluster.Store.Find(resource, ns, name) is not { } found)
            return;
        world.Cluster.Store.Update(found, change, "kubectl-edit");
        world.Cluster.EndStep();
    }
}
