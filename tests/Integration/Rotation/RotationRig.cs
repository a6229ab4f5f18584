using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Contracts.Tests.Settings;
using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.Functions;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests.Rotation;

/// <summary>
/// The shipped host with its secrets in a mounted folder, before a cluster, a Redis and receivers that each ask for theirs and can be told to take others.
/// </summary>
internal sealed class RotationRig : IAsyncDisposable
{
    private readonly RedisServer redis = new("--requirepass", Password("old"));
    private GuardedCluster cluster = null!;
    private StandaloneHost host = null!;
    private HttpClient http = null!;

    public ConcurrentQueue<string> Log { get; } = [];

    public SecretMount Mount { get; } = new(Files("old", "old"));

    public GuardedCluster Cluster => cluster;

    /// <summary>What would be a leak anywhere in the log.</summary>
    public static IEnumerable<string> AllSecrets => ((string[])["old", "new"]).SelectMany(age =>
        new[] { Key("viewer", age), Key("operator", age), MemoryKey(age), Token(age), Password(age), RoutingKey(age), $"hook-{age}-secret" });

    public static async Task<RotationRig> StartAsync()
    {
        var rig = new RotationRig { cluster = await GuardedCluster.StartAsync(reactor: false) };
        rig.redis.Start();
        rig.redis.Do("AUTH", Password("old"));
        rig.Cluster.Kubernetes.Knows = token => token == Token("old");
        var settings = rig.Cluster.Settings();
        foreach (var name in new[] { "State:Path", "Pages:Slack:WebhookUrl", "Pages:PagerDuty:RoutingKey", "Memory:Key", "Keys:Sender", "Keys:Viewer", "Keys:Operator" })
            settings.Remove(name);
        settings["State:Redis:Endpoints"] = rig.redis.Endpoint;
        settings["Secrets:Folder"] = rig.Mount.Path;
        SlackBase = rig.Cluster.Receivers.Address;
        rig.Mount.Swap(Files("old", "old"));
        rig.host = StandaloneHost.Build(new StandaloneOptions
        {
            Port = 0,
            Time = rig.Cluster.Clock,
            Settings = settings,
            Logging = logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new RunningHost.Recorder(rig.Log)),
            Configure = services => services.AddSingleton<WrapNetwork>(network => new InRealTimeWhileSending(rig.Cluster.Clock, network)),
        });
        await rig.host.StartAsync();
        rig.http = new HttpClient(new InRealTimeWhileSending(rig.Cluster.Clock, new SocketsHttpHandler())) { BaseAddress = rig.host.Address };
        return rig;
    }

    /// <summary>The files for secrets of one value of this age, and for keys that may be two of these, the one to use first.</summary>
    public static Dictionary<string, string> Files(string one, params string[] ages) => new()
    {
        ["Keys__Viewer"] = string.Join(',', ages.Select(age => Key("viewer", age))),
        ["Keys__Operator"] = string.Join(',', ages.Select(age => Key("operator", age))) + "\n",
        ["Memory__Key"] = string.Join(',', ages.Select(MemoryKey)),
        ["Pages__PagerDuty__RoutingKey"] = string.Join(',', ages.Select(RoutingKey)),
        ["Kubernetes__Token"] = Token(one),
        ["Pages__Slack__WebhookUrl"] = new Uri(SlackBase, $"slack/hook-{one}-secret").AbsoluteUri,
        ["State__Redis__Password"] = Password(one),
    };

    public static MemorySigner Signer(string age) => new(MemoryKey(age));

    public static string RoutingKey(string age) => $"routing{age}".PadRight(32, age[0]);

    /// <summary>The peers take the new one and not the old one any more.</summary>
    public void TurnPeers()
    {
        Cluster.Kubernetes.Knows = token => token == Token("new");
        redis.Do("CONFIG", "SET", "requirepass", Password("new"));
        CutRedis();
    }

    /// <summary>So that a connection is made anew, with a password.</summary>
    public void CutRedis() => redis.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

    public Task<int> ViewAsync(string age) => SendAsync(HttpMethod.Get, "breakers", Key("viewer", age), null);

    public Task<int> OrderAsync(string what, string age, string target) => SendAsync(HttpMethod.Post, $"breakers/{what}", Key("operator", age),
        $$"""{"scope":"target","namespace":"{{(target.StartsWith("artemis", StringComparison.Ordinal) ? "artemis-mesh" : "sophia-mesh")}}","name":"{{target}}","reason":"drill","by":"ana"{{(what == "reset" ? ",\"mode\":\"immediate\"" : "")}}}""");

    public async Task<bool> HealthyAsync() => await SendAsync(HttpMethod.Get, "health/ready", null, null) == 200;

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        if (host is not null) await host.DisposeAsync();
        await cluster.DisposeAsync();
        redis.Dispose();
        Mount.Dispose();
    }

    private static Uri SlackBase { get; set; } = new("http://127.0.0.1:1/");

    private static string Key(string role, string age) => $"the-{age}-key-of-the-{role}";

    private static string MemoryKey(string age) => $"the-{age}-key-that-signs";

    private static string Token(string age) => $"the-{age}-bearer-token";

    private static string Password(string age) => $"the-{age}-word, with a comma";

    private async Task<int> SendAsync(HttpMethod method, string path, string? key, string? body)
    {
        using var request = new HttpRequestMessage(method, "api/" + path);
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (body is not null)
        {
            request.Headers.Add("X-Reactor-Order", "1");
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        using var response = await http.SendAsync(request);
        return (int)response.StatusCode;
    }
}
