using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>"May I?": in the sandbox everybody may.</summary>
public static class Reviews
{
    public static ApiResponse Allow(ApiRequest request)
    {
        // kubectl asks in protobuf; what it asks does not matter here.
        var asked = request.ContentType.Contains("protobuf", StringComparison.Ordinal) ? null : JsonNode.Parse(request.Body.Span);
        return ApiResponse.Json(201, new JsonObject
        {
            ["kind"] = "SelfSubjectAccessReview",
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["metadata"] = new JsonObject(),
            ["spec"] = asked.Object("spec")?.DeepClone() ?? new JsonObject(),
            ["status"] = new JsonObject { ["allowed"] = true },
        });
    }
}
