using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Admission;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>The /scale subresource of workloads.</summary>
public static class Scale
{
    public static ApiResponse Handle(SandboxCluster cluster, AdmissionPolicies policies, StoredObject workload, ApiRequest request)
    {
        if (request.Method == "GET")
            return ApiResponse.Json(200, Document(workload));
        if (request.Method is not ("PUT" or "PATCH"))
            throw ApiException.MethodNotAllowed();
        var asked = JsonNode.Parse(request.Body.Span);
        var merged = request.Method == "PUT"
            ? asked as JsonObject
            : asked is JsonArray ? Patches.Apply(Document(workload), asked) : Patches.Merge(Document(workload), asked) as JsonObject;
        if (merged.Object("metadata").Text("resourceVersion") is { Length: > 0 } version && version != workload.ResourceVersion.ToString())
            throw ApiException.Modified(workload.Resource, workload.Name);
        if (merged.Object("metadata").Text("uid") is { Length: > 0 } uid && uid != workload.Uid)
            throw ApiException.WrongUid(workload.Resource, workload.Name, uid, workload.Uid);
        var replicas = merged.Object("spec").Whole("replicas") ?? 0;
        if (replicas < 0)
            throw ApiException.Invalid(workload.Resource, workload.Name, "spec.replicas", $"Invalid value: {replicas}: must be greater than or equal to 0");
        policies.Check(new AdmissionAsk("UPDATE", workload.Resource, "scale", workload.Namespace, workload.Name, merged, Document(workload), request));
        if (!request.DryRun && cluster.Faults.WritesFail)
            throw ApiException.EtcdTimedOut();
        if (!request.DryRun)
            cluster.Parts.Workloads.Scale(workload, replicas, request.FieldManager);
        var answer = Document(workload);
        answer["spec"] = replicas == 0 ? new JsonObject() : new JsonObject { ["replicas"] = replicas };
        return ApiResponse.Json(200, answer);
    }

    private static JsonObject Document(StoredObject workload)
    {
        var metadata = new JsonObject();
        foreach (var name in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
            metadata[name] = workload.Metadata[name]?.DeepClone();
        var wanted = Workloads.Wanted(workload);
        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = wanted == 0 ? new JsonObject() : new JsonObject { ["replicas"] = wanted },
            ["status"] = new JsonObject { ["replicas"] = Workloads.Running(workload), ["selector"] = Workloads.Selector(workload) },
        };
    }
}
