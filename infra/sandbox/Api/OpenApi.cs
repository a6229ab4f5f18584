using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>Just enough OpenAPI for kubectl apply and create: they look whether the server validates fields itself.</summary>
public static class OpenApi
{
    private static readonly string[] Parameters = ["dryRun", "fieldManager", "fieldValidation", "force"];

    public static ApiResponse? Handle(ApiRequest request, ImmutableArray<Resource> served)
    {
        if (request.Path == "/openapi/v3")
        {
            var paths = new JsonObject();
            foreach (var version in served.Select(Prefix).Distinct())
                paths[version] = Json.Of("serverRelativeURL", $"/openapi/v3/{version}?hash=sandbox");
            return ApiResponse.Json(200, new JsonObject { ["paths"] = paths });
        }

        var asked = request.Path.StartsWith("/openapi/v3/", StringComparison.Ordinal) ? request.Path["/openapi/v3/".Length..] : null;
        return asked is null || !served.Any(r => Prefix(r) == asked)
            ? null
            : ApiResponse.Json(200, new JsonObject
            {
                ["openapi"] = "3.0.0",
                ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.36.0" },
                ["paths"] = new JsonObject(served.Where(r => Prefix(r) == asked).Select(Path)),
            });
    }

    private static string Prefix(Resource resource) => resource.Group.Length == 0 ? "api/v1" : $"apis/{resource.ApiVersion}";

    private static KeyValuePair<string, JsonNode?> Path(Resource resource)
    {
        var parameters = new JsonArray([.. Parameters.Select(name => new JsonObject
        {
            ["name"] = name,
            ["in"] = "query",
            ["schema"] = Json.Of("type", "string"),
        })]);
        var ns = resource.Namespaced ? "/namespaces/{namespace}" : "";
        return new($"/{Prefix(resource)}{ns}/{resource.Plural}/{{name}}", new JsonObject
        {
            ["patch"] = new JsonObject
            {
                ["parameters"] = parameters,
                ["responses"] = new JsonObject { ["200"] = Json.Of("description", "OK") },
                ["x-kubernetes-action"] = "patch",
                ["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = resource.Group, ["kind"] = resource.Kind, ["version"] = resource.Version },
            },
        });
    }
}
