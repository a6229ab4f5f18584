using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Access;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>"May I?": an administrator may everything, an account what its roles grant.</summary>
public static class Reviews
{
    public static ApiResponse Answer(ApiRequest request, Account? caller, Authorizer authorizer)
    {
        // kubectl asks in protobuf, and as an administrator here: what it asks does not matter.
        var asked = request.ContentType.Contains("protobuf", StringComparison.Ordinal) ? null : JsonNode.Parse(request.Body.Span);
        var spec = asked.Object("spec");
        var allowed = caller is null
            || (spec.Object("resourceAttributes") is { } what && authorizer.Allows(caller, Asked(what)))
            || (spec.Object("nonResourceAttributes") is { } path && authorizer.Allows(caller, path.Text("verb") ?? "", path.Text("path") ?? ""));
        return ApiResponse.Json(201, new JsonObject
        {
            ["kind"] = "SelfSubjectAccessReview",
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["metadata"] = new JsonObject(),
            ["spec"] = spec?.DeepClone() ?? new JsonObject(),
            ["status"] = new JsonObject { ["allowed"] = allowed },
        });
    }

    private static Attributes Asked(JsonObject what)
    {
        var resource = what.Text("resource") ?? "";
        return new Attributes(
            what.Text("verb") ?? "", what.Text("group") ?? "",
            what.Text("subresource") is { Length: > 0 } below ? $"{resource}/{below}" : resource,
            what.Text("namespace") is { Length: > 0 } ns ? ns : null, what.Text("name") is { Length: > 0 } name ? name : null);
    }
}
