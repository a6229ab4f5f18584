using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>The fallback HPA as server-side apply sends it: every field that we own, each time.</summary>
internal static class FallbackManifest
{
    /// <param name="target">The ScaledObject.</param>
    /// <param name="hpa">The HPA as it should be.</param>
    /// <param name="uid">Not null: of the one that is to be changed; the server refuses when another has its name by now.</param>
    public static JsonObject Of(TargetId target, FallbackHpa hpa, string? uid) => new()
    {
        ["apiVersion"] = "autoscaling/v2",
        ["kind"] = "HorizontalPodAutoscaler",
        ["metadata"] = Metadata(target, hpa, uid),
        ["spec"] = new JsonObject
        {
            ["scaleTargetRef"] = new JsonObject
            {
                ["apiVersion"] = hpa.Workload.ApiVersion,
                ["kind"] = hpa.Workload.Kind,
                ["name"] = hpa.Workload.Name,
            },
            ["minReplicas"] = hpa.Min,
            ["maxReplicas"] = hpa.Max,
            ["metrics"] = new JsonArray(Metric(hpa)),
            ["behavior"] = Behavior(hpa),
        },
    };

    private static JsonObject Metadata(TargetId target, FallbackHpa hpa, string? uid)
    {
        var metadata = new JsonObject
        {
            ["name"] = hpa.Name,
            ["namespace"] = target.Namespace,
            ["labels"] = new JsonObject { [Annotations.ManagedByLabel] = Annotations.Manager },
            ["annotations"] = new JsonObject
            {
                [Annotations.HpaOwnership] = "false",
                [Annotations.Incident] = hpa.IncidentId,
            },

            // Not as controller: KEDA's webhook counts it as owned, the garbage collector takes it along, and KEDA leaves it alone.
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = "keda.sh/v1alpha1",
                ["kind"] = "ScaledObject",
                ["name"] = target.Name,
                ["uid"] = hpa.OwnerUid,
                ["blockOwnerDeletion"] = false,
            }),
        };
        if (uid is not null)
            metadata["uid"] = uid;
        return metadata;
    }

    private static JsonObject Metric(FallbackHpa hpa)
    {
        var cpu = new JsonObject
        {
            ["name"] = "cpu",
            ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = hpa.CpuUtilization },
        };
        if (hpa.Container is null)
            return new JsonObject { ["type"] = "Resource", ["resource"] = cpu };
        cpu["container"] = hpa.Container;
        return new JsonObject { ["type"] = "ContainerResource", ["containerResource"] = cpu };
    }

    // Up at once, down slowly: too many replicas for a while cost money, too few cost the service.
    private static JsonObject Behavior(FallbackHpa hpa) => new()
    {
        ["scaleUp"] = new JsonObject { ["stabilizationWindowSeconds"] = 0, ["selectPolicy"] = hpa.NeverUp ? "Disabled" : "Max" },
        ["scaleDown"] = new JsonObject
        {
            ["stabilizationWindowSeconds"] = 300,
            ["selectPolicy"] = hpa.NeverDown ? "Disabled" : "Max",
            ["policies"] = new JsonArray(new JsonObject { ["type"] = "Percent", ["value"] = 10, ["periodSeconds"] = 60 }),
        },
    };
}
