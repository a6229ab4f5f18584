using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>What the server offers: aggregated when the client understands it, the old lists otherwise.</summary>
public static class Discovery
{
    private const string AggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    public static ApiResponse? Handle(ApiRequest request, SandboxCluster cluster)
    {
        var served = cluster.Served;
        var aggregated = request.Accept.Contains("as=APIGroupDiscoveryList", StringComparison.Ordinal) && request.Accept.Contains("v=v2;", StringComparison.Ordinal);
        return request.Path.TrimEnd('/').Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["version"] => ApiResponse.Json(200, Version()),
            ["api"] when aggregated => Aggregated(served, core: true),
            ["apis"] when aggregated => Aggregated(served, core: false),
            ["api"] => ApiResponse.Json(200, new JsonObject
            {
                ["kind"] = "APIVersions",
                ["versions"] = new JsonArray("v1"),
                ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = "127.0.0.1:6443" }),
            }),
            ["apis"] => ApiResponse.Json(200, new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. Groups(served).Select(g => Group(served, g)), .. Aggregates(cluster)]) }),
            ["apis", var group] when Groups(served).Contains(group) => ApiResponse.Json(200, Group(served, group, alone: true)),
            ["api", "v1"] => ResourceList(served, "", "v1"),
            ["apis", "external.metrics.k8s.io", "v1beta1"] => ApiResponse.Json(200, JsonNode.Parse(
                """{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"external.metrics.k8s.io/v1beta1","resources":[{"name":"externalmetrics","singularName":"","namespaced":true,"kind":"ExternalMetricValueList","verbs":["get"]}]}""")!),
            ["apis", ResourceMetrics.Group, "v1beta1"] => ResourceMetricsList(cluster.ResourceMetrics.State),
            ["apis", var group, var version] when Groups(served).Contains(group) && VersionOf(served, group) == version => ResourceList(served, group, version),
            ["healthz" or "livez" or "readyz"] => new ApiResponse(200, "ok"u8.ToArray()) { ContentType = "text/plain; charset=utf-8" },
            _ => null,
        };
    }

    /// <summary>An aggregated API that is registered and does not answer is 503; one that nobody registered 404.</summary>
    private static ApiResponse ResourceMetricsList(MetricsApi state) => state switch
    {
        MetricsApi.Up => ApiResponse.Json(200, JsonNode.Parse(
            """{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"metrics.k8s.io/v1beta1","resources":[{"name":"nodes","singularName":"","namespaced":false,"kind":"NodeMetrics","verbs":["get","list"]},{"name":"pods","singularName":"","namespaced":true,"kind":"PodMetrics","verbs":["get","list"]}]}""")!),
        MetricsApi.Down => new ApiResponse(503, "service unavailable\n"u8.ToArray()) { ContentType = "text/plain; charset=utf-8" },
        _ => ApiException.NoSuchPath().Response(),
    };

    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "36",
        ["gitVersion"] = "v1.36.0",
        ["gitCommit"] = "0000000000000000000000000000000000000000",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "2026-04-22T00:00:00Z",
        ["goVersion"] = "go1.26",
        ["compiler"] = "gc",
        ["platform"] = "linux/amd64",
    };

    private static IEnumerable<string> Groups(ImmutableArray<Resource> served) =>
        served.Select(r => r.Group).Where(g => g.Length > 0).Append("authorization.k8s.io").Distinct().Order(StringComparer.Ordinal);

    /// <summary>Groups of other API servers behind this one, each as its APIService says.</summary>
    private static IEnumerable<JsonObject> Aggregates(SandboxCluster cluster) =>
        from service in cluster.Store.All(Resources.ApiServices)
        let spec = service.Spec
        where spec.Object("service") is not null
        let version = new JsonObject { ["groupVersion"] = $"{spec.Text("group")}/{spec.Text("version")}", ["version"] = spec.Text("version") }
        select new JsonObject { ["name"] = spec.Text("group"), ["versions"] = new JsonArray(version), ["preferredVersion"] = version.DeepClone() };

    private static string VersionOf(ImmutableArray<Resource> served, string group) => served.FirstOrDefault(r => r.Group == group)?.Version ?? "v1";

    private static JsonObject Group(ImmutableArray<Resource> served, string group, bool alone = false)
    {
        var version = new JsonObject { ["groupVersion"] = $"{group}/{VersionOf(served, group)}", ["version"] = VersionOf(served, group) };
        var made = alone ? new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" } : [];
        made["name"] = group;
        made["versions"] = new JsonArray(version);
        made["preferredVersion"] = version.DeepClone();
        return made;
    }

    private static ApiResponse ResourceList(ImmutableArray<Resource> served, string group, string version)
    {
        var list = new JsonArray();
        foreach (var resource in served.Where(r => r.Group == group))
        {
            list.Add(Entry(resource, resource.Plural, resource.Kind, Verbs));
            if (resource.HasStatus)
                list.Add(Entry(resource, resource.Plural + "/status", resource.Kind, ["get", "patch", "update"]));
            if (resource.HasScale)
                list.Add(Entry(resource, resource.Plural + "/scale", "Scale", ["get", "patch", "update"]));
        }

        if (group == "authorization.k8s.io")
            list.Add(new JsonObject { ["name"] = "selfsubjectaccessreviews", ["singularName"] = "selfsubjectaccessreview", ["namespaced"] = false, ["kind"] = "SelfSubjectAccessReview", ["verbs"] = new JsonArray("create") });
        return ApiResponse.Json(200, new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = list,
        });
    }

    private static JsonObject Entry(Resource resource, string name, string kind, string[] verbs)
    {
        var entry = new JsonObject
        {
            ["name"] = name,
            ["singularName"] = name == resource.Plural ? resource.Singular : "",
            ["namespaced"] = resource.Namespaced,
            ["kind"] = kind,
            ["verbs"] = new JsonArray([.. verbs]),
        };
        if (kind == "Scale")
        {
            entry["group"] = "autoscaling";
            entry["version"] = "v1";
        }

        if (name == resource.Plural && resource.ShortNames.Length > 0)
            entry["shortNames"] = new JsonArray([.. resource.ShortNames]);
        if (name == resource.Plural && resource.Categories.Length > 0)
            entry["categories"] = new JsonArray([.. resource.Categories]);
        return entry;
    }

    private static ApiResponse Aggregated(ImmutableArray<Resource> served, bool core)
    {
        var items = new JsonArray();
        foreach (var group in core ? [""] : Groups(served))
        {
            var resources = group == "authorization.k8s.io"
                ? new JsonArray(JsonNode.Parse("""{"resource":"selfsubjectaccessreviews","responseKind":{"group":"","version":"","kind":"SelfSubjectAccessReview"},"scope":"Cluster","singularResource":"selfsubjectaccessreview","verbs":["create"]}"""))
                : new JsonArray([.. served.Where(r => r.Group == group).Select(Discovered)]);
            items.Add(new JsonObject
            {
                ["metadata"] = group.Length == 0 ? [] : Json.Of("name", group),
                ["versions"] = new JsonArray(new JsonObject { ["version"] = VersionOf(served, group), ["resources"] = resources, ["freshness"] = "Current" }),
            });
        }

        return ApiResponse.Json(200, new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = "apidiscovery.k8s.io/v2",
            ["metadata"] = new JsonObject(),
            ["items"] = items,
        }) with { ContentType = AggregatedType };
    }

    private static JsonNode Discovered(Resource resource)
    {
        var made = new JsonObject
        {
            ["resource"] = resource.Plural,
            ["responseKind"] = Kind(resource.Custom ? resource.Group : "", resource.Custom ? resource.Version : "", resource.Kind),
            ["scope"] = resource.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = resource.Singular,
            ["verbs"] = new JsonArray([.. Verbs]),
        };
        if (resource.ShortNames.Length > 0)
            made["shortNames"] = new JsonArray([.. resource.ShortNames]);
        if (resource.Categories.Length > 0)
            made["categories"] = new JsonArray([.. resource.Categories]);
        var below = new JsonArray();
        if (resource.HasScale)
            below.Add(Subresource("scale", Kind("autoscaling", "v1", "Scale")));
        if (resource.HasStatus)
            below.Add(Subresource("status", (JsonObject)made["responseKind"]!.DeepClone()));
        if (below.Count > 0)
            made["subresources"] = below;
        return made;
    }

    private static JsonObject Subresource(string name, JsonObject kind) =>
        new() { ["subresource"] = name, ["responseKind"] = kind, ["verbs"] = new JsonArray("get", "patch", "update") };

    private static JsonObject Kind(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };
}
