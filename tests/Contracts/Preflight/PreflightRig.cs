using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Contracts.Tests.Preflight;

using ManualTime = Sophia.Keda.Reactor.Contracts.Tests.Cluster.ManualTime;

/// <summary>A sandbox that grants nothing by itself, and an account in it with just the permissions that a test gives.</summary>
internal sealed class PreflightRig
{
    private const string Home = "/api/v1/namespaces/default/serviceaccounts";
    private readonly HttpClient _http;
    private readonly ManualTime _time = new();

    public PreflightRig(IReadOnlyList<Permission> granted, SandboxOptions? options = null)
    {
        Cluster = SandboxSeed.Create(_time.GetUtcNow(), seed: 7, options: (options ?? new SandboxOptions()) with { DefaultRoles = false });
        var handler = new InProcessHandler(Cluster, _time) { RequestStarted = request => Asked.Add($"{request.Method} {request.Path}") };
        _http = new ClusterConnection { Server = new Uri("http://localhost:1") }.Connect(TimeProvider.System, handler);
        Post(Home, """{"metadata":{"name":"reactor"}}""");
        Grant("cluster", null, granted.Where(p => p.Namespace is null));
        foreach (var inside in granted.Where(p => p.Namespace is not null).GroupBy(p => p.Namespace!)) Grant("inside", inside.Key, inside);
        var token = Post($"{Home}/reactor/token", """{"spec":{}}""")["status"]!["token"]!.GetValue<string>();
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Asked.Clear();
    }

    public static string[] Guarded { get; } = ["artemis-mesh", "sophia-mesh"];

    /// <summary>All that the reactor asks for with these namespaces guarded.</summary>
    public static IReadOnlyList<Permission> All { get; } = [.. Permissions.In([.. Guarded], []), Permissions.Review];

    public SandboxCluster Cluster { get; }

    public List<string> Asked { get; } = [];

    public ClusterSettings Settings { get; init; } = new() { Namespaces = [.. Guarded] };

    public Policy Policy { get; init; } = new();

    /// <summary>The clock jumps whenever nothing else moves.</summary>
    public Task<PreflightReport> CheckAsync() =>
        _time.RunAsync(new ClusterClient(_http, Policy, Settings, _time, () => 0.5).PreflightAsync(CancellationToken.None));

    private void Grant(string name, string? ns, IEnumerable<Permission> permissions)
    {
        const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
        var at = ns is null ? $"{Rbac}/cluster" : $"{Rbac}/namespaces/{ns}/";
        var kind = ns is null ? "ClusterRole" : "Role";
        var rules = new JsonArray([.. permissions.Select(Rule)]);
        Post($"{at}roles", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["rules"] = rules }.ToJsonString());
        Post($"{at}rolebindings", $$"""
            {"metadata":{"name":"{{name}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"{{kind}}","name":"{{name}}"},
             "subjects":[{"kind":"ServiceAccount","name":"reactor","namespace":"default"}]}
            """);
    }

    private static JsonObject Rule(Permission permission)
    {
        if (permission.Group is null)
            return new JsonObject { ["nonResourceURLs"] = new JsonArray(permission.Resource), ["verbs"] = new JsonArray(permission.Verb) };
        var rule = new JsonObject { ["apiGroups"] = new JsonArray(permission.Group), ["resources"] = new JsonArray(permission.Resource), ["verbs"] = new JsonArray(permission.Verb) };
        if (permission.Name is { } name) rule["resourceNames"] = new JsonArray(name);
        return rule;
    }

    private JsonObject Post(string path, string body)
    {
        using var answer = _http.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body, new MediaTypeHeaderValue("application/json"))).GetAwaiter().GetResult();
        Assert.Equal(201, (int)answer.StatusCode);
        return (JsonObject)JsonNode.Parse(answer.Content.ReadAsStringAsync().GetAwaiter().GetResult())!;
    }
}
