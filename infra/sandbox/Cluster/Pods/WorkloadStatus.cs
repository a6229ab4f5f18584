using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>The status of a workload, as its controller writes it.</summary>
public static class WorkloadStatus
{
    public static JsonObject Of(WorkloadPods pods, int available, DateTimeOffset now)
    {
        var workload = pods.Workload;
        var status = new JsonObject { ["observedGeneration"] = workload.Metadata.Whole("generation") ?? 1 };
        Put(status, "replicas", pods.Made);
        Put(status, "updatedReplicas", pods.Made);
        Put(status, "readyReplicas", available);
        Put(status, "availableReplicas", available);
        if (workload.Resource == Resources.StatefulSets)
        {
            // A StatefulSet always says these two.
            status["replicas"] = pods.Made;
            status["availableReplicas"] = available;
            Put(status, "currentReplicas", pods.Made);
            return status;
        }

        if (workload.Resource == Resources.Rollouts)
        {
            // Argo Rollouts writes the generation as text, and a count and a selector of its own for /scale.
            status["observedGeneration"] = status["observedGeneration"]!.ToString();
            status["HPAReplicas"] = pods.Made;
            status["selector"] = Workloads.Selector(workload);
            status["phase"] = available >= pods.Asked ? "Healthy" : "Progressing";
            status["conditions"] = Conditions(pods, available, Json.Seconds(now));
            return (JsonObject)Json.Sorted(status)!;
        }

        // Those that a quota refused count as unavailable too.
        Put(status, "unavailableReplicas", pods.Asked - available);
        status["conditions"] = Conditions(pods, available, Json.Seconds(now));
        return status;
    }

    /// <summary>The generation that the status is about.</summary>
    public static int? Observed(StoredObject workload) =>
        workload.Status.Whole("observedGeneration") ?? (int.TryParse(workload.Status.Text("observedGeneration"), out var generation) ? generation : null);

    private static JsonArray Conditions(WorkloadPods pods, int available, string now)
    {
        var workload = pods.Workload;
        var enough = available >= pods.Asked || available > pods.Asked * 3 / 4;
        var old = workload.Status.Array("conditions")?.FirstOrDefault(c => c.Text("type") == "Available");
        var status = enough ? "True" : "False";
        var since = old.Text("status") == status ? old.Text("lastTransitionTime") ?? now : now;
        var born = workload.Metadata.Text("creationTimestamp")!;
        var conditions = new JsonArray(
            Condition("Available", status, since, enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability."),
            Condition("Progressing", "True", born, "NewReplicaSetAvailable", $"ReplicaSet \"{PodNames.ReplicaSet(workload)}\" has successfully progressed."));
        if (pods.Refusal is { } refusal)
            conditions.Add(Condition("ReplicaFailure", "True", Json.Seconds(pods.RefusedSince), "FailedCreate", refusal));
        return conditions;
    }

    private static JsonObject Condition(string type, string status, string since, string reason, string message) => new JsonObject
    {
        ["type"] = type,
        ["status"] = status,
        ["lastUpdateTime"] = since,
        ["lastTransitionTime"] = since,
        ["reason"] = reason,
        ["message"] = message,
    };

    /// <summary>Zero is left out, as the real types do.</summary>
    private static void Put(JsonObject status, string name, int value)
    {
        if (value != 0)
            status[name] = value;
    }
}
