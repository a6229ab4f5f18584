using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>One request as the API server saw it.</summary>
internal sealed record Seen(string Method, string PathAndQuery, string ContentType, string Body)
{
    public string Path => PathAndQuery.Split('?')[0];

    public JsonNode Json => JsonNode.Parse(Body)!;
}

/// <summary>An API server of canned answers; lists that a test does not speak of are empty.</summary>
internal sealed class FakeApi : HttpMessageHandler
{
    public const string ScaledObjects = "/apis/keda.sh/v1alpha1/scaledobjects";
    public const string Deployments = "/apis/apps/v1/deployments";
    public const string StatefulSets = "/apis/apps/v1/statefulsets";
    public const string Hpas = "/apis/autoscaling/v2/horizontalpodautoscalers";
    public const string Events = "/api/v1/events";
    public const string Leases = "/apis/coordination.k8s.io/v1/leases";
    public const string ScaledJobs = "/apis/keda.sh/v1alpha1/scaledjobs";
    public const string ApiServices = "/apis/apiregistration.k8s.io/v1/apiservices";
    public const string MetricsApi = "v1beta1.external.metrics.k8s.io";
    public const string ResourceMetricsApi = "v1beta1.metrics.k8s.io";
    public const string Namespaces = "/api/v1/namespaces";
    public const string Vpas = "/apis/autoscaling.k8s.io/v1/verticalpodautoscalers";
    public const string Webhooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

    /// <summary>Discovery of keda.sh: no list.</summary>
    public const string Served = "/apis/keda.sh/v1alpha1";
    public const string ControllerLeases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";

    private readonly ConcurrentDictionary<string, Func<Seen, int, Task<HttpResponseMessage>>> _routes = new();
    private readonly ConcurrentDictionary<string, int> _hits = new();

    public FakeApi()
    {
        foreach (var list in new[] { ScaledObjects, Deployments, StatefulSets, Hpas, Events, Leases, ScaledJobs, Namespaces, Vpas, ControllerLeases, Webhooks })
            OnList(list);
        Serve("scaledobjects", "scaledjobs", "triggerauthentications", "clustertriggerauthentications");
        OnApiService(MetricsApi, Available);
        OnApiService(ResourceMetricsApi, Available);
        On("GET", ApiServices, (seen, hits) => _services.FirstOrDefault(s => seen.PathAndQuery.Contains(s.Key, StringComparison.Ordinal)).Value(seen, hits));
    }

    public const string Available = """{"conditions":[{"type":"Available","status":"True","reason":"Passed","message":"all checks passed"}]}""";

    private readonly ConcurrentDictionary<string, Func<Seen, int, Task<HttpResponseMessage>>> _services = new();

    /// <summary>The resources of keda.sh that are served, with every verb.</summary>
    public FakeApi Serve(params string[] names)
    {
        var resources = names.Select(name => $$"""{"name":"{{name}}","kind":"K","verbs":["get","list","patch"]}""");
        return On("GET", Served, 200, $$"""{"kind":"APIResourceList","resources":[{{string.Join(',', resources)}}]}""");
    }

    /// <summary>The one APIService of this name, with this status; null: there is none.</summary>
    public FakeApi OnApiService(string name, string? status)
    {
        var item = status is null ? [] : new[] { $$"""{"metadata":{"name":"{{name}}","uid":"{{name}}"},"status":{{status}} }""" };
        return OnApiServiceList(name, 200, List(ApiServices, item));
    }

    public FakeApi OnApiServiceList(string name, int status, string body) => OnApiService(name, (_, _) => Task.FromResult(Answer(status, body)));

    private FakeApi OnApiService(string name, Func<Seen, int, Task<HttpResponseMessage>> answer)
    {
        // "metadata.name=" before it: one name ends with the other.
        _services["metadata.name%3D" + name] = answer;
        return this;
    }

    public ConcurrentQueue<Seen> Requests { get; } = new();

    /// <summary>Answers by path; the number says how often it was asked before.</summary>
    public FakeApi On(string method, string path, Func<Seen, int, Task<HttpResponseMessage>> answer)
    {
        _routes[$"{method} {path}"] = answer;
        return this;
    }

    public FakeApi On(string method, string path, int status, string body) =>
        On(method, path, (_, _) => Task.FromResult(Answer(status, body)));

    /// <summary>One answer after the other; the last one stays.</summary>
    public FakeApi On(string method, string path, params (int Status, string Body)[] answers) =>
        On(method, path, (_, hits) => Task.FromResult(Answer(answers[Math.Min(hits, answers.Length - 1)].Status, answers[Math.Min(hits, answers.Length - 1)].Body)));

    public FakeApi OnList(string path, params string[] items) => On("GET", path, 200, List(path, items));

    public static string List(string path, params string[] items) => PageOf(path, "", items);

    public static string PageOf(string path, string next, params string[] items) =>
        $$"""{"kind":"{{KindOf(path)}}List","metadata":{"continue":"{{next}}"},"items":[{{string.Join(',', items)}}]}""";

    private static string KindOf(string path) => path switch
    {
        ScaledObjects => "ScaledObject",
        Deployments => "Deployment",
        StatefulSets => "StatefulSet",
        Hpas => "HorizontalPodAutoscaler",
        Events => "Event",
        Leases or ControllerLeases => "Lease",
        var inside when inside.EndsWith("/leases", StringComparison.Ordinal) => "Lease",
        ScaledJobs => "ScaledJob",
        ApiServices => "APIService",
        Namespaces => "Namespace",
        Vpas => "VerticalPodAutoscaler",
        Webhooks => "ValidatingWebhookConfiguration",
        _ => throw new ArgumentException(path, nameof(path)),
    };

    public static HttpResponseMessage Answer(int status, string body) =>
        new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    public static string Status(string message) => new JsonObject { ["kind"] = "Status", ["metadata"] = new JsonObject(), ["message"] = message }.ToJsonString();

    public ClusterClient Client(TimeProvider? time = null, Policy? policy = null, ClusterSettings? settings = null, MemorySigner? signer = null)
    {
        var http = new ClusterConnection { Server = new Uri("http://localhost:1") }.Connect(TimeProvider.System, this);
        return new ClusterClient(http, policy ?? new Policy(), settings ?? new ClusterSettings(), time ?? new ManualTime(), () => 0.5, signer);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(CancellationToken.None);
        var seen = new Seen(request.Method.Method, request.RequestUri!.PathAndQuery, request.Content?.Headers.ContentType?.ToString() ?? "", body);
        Requests.Enqueue(seen);
        var key = $"{seen.Method} {seen.Path}";
        if (!_routes.TryGetValue(key, out var route))
            return Answer(404, Status($"{key} not found"));
        return await route(seen, _hits.AddOrUpdate(key, 0, (_, n) => n + 1)).WaitAsync(cancellationToken);
    }
}

/// <summary>The recorded answers of real servers.</summary>
internal static class Fixture
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "Kubernetes");

    public static string Text(string file) => File.ReadAllText(Path.Combine(Folder, file));

    /// <summary>Status and body of a recorded exchange.</summary>
    public static (int Status, string Body) Exchange(string file)
    {
        var text = Text(file);
        var answer = text[(text.IndexOf("\nHTTP ", StringComparison.Ordinal) + 6)..];
        return (int.Parse(answer[..3]), answer[answer.IndexOf("\n{", StringComparison.Ordinal)..]);
    }
}
