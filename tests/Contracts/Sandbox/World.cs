using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>One cluster with one target like the one that was measured: a Deployment with a redis trigger, min 1, max 10.</summary>
internal sealed class World
{
    public const string Ns = "sophia-mesh";
    public const string App = "app";
    public const string KedaHpa = "keda-hpa-app";
    public const string PausedKey = "autoscaling.keda.sh/paused";
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    public World(ulong seed = 7, int min = 1, int max = 10, bool webhook = true, bool cpuRequests = true, string trigger = "redis",
        bool fallback = true, double demand = 2, int more = 0, bool spamFilter = false, bool leaderElection = true, string kedaVersion = "2.20.0",
        bool rollouts = true, bool vpa = false, SandboxOptions? options = null)
    {
        Cluster = SandboxSeed.Create(Start, seed, more, (options ?? new SandboxOptions()) with
        {
            Webhook = webhook,
            EventSpamFilter = spamFilter,
            LeaderElection = leaderElection,
            KedaVersion = kedaVersion,
            Rollouts = rollouts,
            VerticalPodAutoscalers = vpa,
        });
        Api = new KubernetesApi(Cluster);
        var source = trigger == "redis"
            ? """{"type":"redis","name":"jobs","metadata":{"address":"127.0.0.1:16379","listName":"jobs","listLength":"5","enableTLS":"false"}}"""
            : """{"type":"prometheus","metadata":{"serverAddress":"http://127.0.0.1:9090","query":"up","threshold":"5"}}""";
        var backup = fallback ? """ "fallback":{"behavior":"static","failureThreshold":3,"replicas":4}, """ : "";
        SandboxSeed.Add(Cluster, new SeedTarget(Ns, App, App, min, max,
            $$"""{"scaleTargetRef":{"name":"app"},"minReplicaCount":{{min}},"maxReplicaCount":{{max}},"pollingInterval":5,"cooldownPeriod":30,{{backup}}"triggers":[{{source}}]}""")
        { CpuRequests = cpuRequests });
        Cluster.Faults.SetDemand(Ns, App, demand);
        // Longer than the default scale-down stabilisation, so that only what a test does moves anything.
        Wait(400);
    }

    public SandboxCluster Cluster { get; }
    public KubernetesApi Api { get; }
    public string HpasPath { get; } = $"/apis/autoscaling/v2/namespaces/{Ns}/horizontalpodautoscalers";
    public string ScaledObjectPath { get; } = $"/apis/keda.sh/v1alpha1/namespaces/{Ns}/scaledobjects/{App}";
    public TargetState Target => Cluster.Target(Ns, App)!;
    public int Replicas => Target.Replicas;
    public IEnumerable<string> Hpas => Target.Hpas.Select(h => h.Name);

    public void Wait(double seconds) => Cluster.Advance(TimeSpan.FromSeconds(seconds));

    public void WaitMs(double milliseconds) => Cluster.Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>How long until something is so, looking every millisecond.</summary>
    public double MsUntil(Func<bool> so, double limit)
    {
        for (var ms = 0; ms <= limit; ms++)
        {
            if (so())
                return ms;
            WaitMs(1);
        }

        throw new TimeoutException($"It was not so within {limit} ms.");
    }

    public ApiResponse Call(string method, string path, string? body = null, string type = "application/json") =>
        Api.Handle(ApiRequest.From(method, path, body, type) with { UserAgent = "tests/1" });

    public JsonObject Get(string path)
    {
        var response = Call("GET", path);
        Assert.Equal(200, response.Status);
        return response.Document();
    }

    public JsonObject ScaledObject() => Get(ScaledObjectPath);

    public JsonObject Hpa(string name) => Get($"{HpasPath}/{name}");

    public ApiResponse Merge(string path, string patch) => Call("PATCH", path, patch, "application/merge-patch+json");

    public ApiResponse Annotate(string key, string? value) =>
        Merge(ScaledObjectPath, Json.Line(new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [key] = value } },
        }));

    public ApiResponse Pause(string? value = "true") => Annotate(PausedKey, value);

    public void Unpause() => Assert.Equal(200, Annotate(PausedKey, null).Status);

    public ApiResponse Fallback(int min, string extra = "", string name = "app-fallback", string metrics = "") => Call("PATCH",
        $"{HpasPath}/{name}?fieldManager=sophia-keda-reactor&force=true",
        $$$"""
        {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"{{{name}}}","namespace":"{{{Ns}}}"{{{extra}}}},
         "spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"app"},"minReplicas":{{{min}}},"maxReplicas":10{{{metrics}}}}}
        """, "application/apply-patch+yaml");

    public string? Condition(string type, string field = "status") => Find(ScaledObject(), type).Text(field);

    public JsonNode? HpaCondition(string hpa, string type) => Find(Hpa(hpa), type);

    public JsonArray Events(string? reason = null) =>
        Get($"/api/v1/namespaces/{Ns}/events" + (reason is null ? "" : $"?fieldSelector=reason={reason}")).Array("items")!;

    public int Rescales(string hpa = KedaHpa) => Events("SuccessfulRescale")
        .Where(e => e.Object("involvedObject").Text("name") == hpa).Sum(e => e.Whole("count") ?? 0);

    private static JsonNode? Find(JsonObject document, string type) =>
        document.Object("status").Array("conditions")?.FirstOrDefault(c => c.Text("type") == type);
}
