using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Receivers;
using Sophia.Keda.Reactor.Sandbox.Seed;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;

/// <summary>One sandbox cluster, one Redis, receivers for pages, and as many reactors as a test starts, all by one paced clock.</summary>
internal sealed class SharedCluster : IAsyncDisposable
{
    /// <summary>Shorter than the defaults where only waiting is saved; lease and request timeout are the defaults.</summary>
    private const string PolicyText = """
        thresholds:
          unhealthy_for: 30s
        monitoring:
          health_check_interval: 10s
          recovery_test_period: 60s
          alert_channels: [slack, pagerduty]
        recovery:
          cooldown_period: 10s
          wave_soak: 30s
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("reactor-several-").FullName;
    private readonly RedisServer _redis = new();
    private readonly List<KillableHost> _hosts = [];
    private readonly PacedClock _clock;
    private readonly bool _serverRules;

    private SharedCluster(double speed, bool serverRules) =>
        (_clock, _serverRules) = (new PacedClock(TimeProvider.System.GetUtcNow(), speed, TimeSpan.Zero), serverRules);

    public KubernetesHttpHost Kubernetes { get; private set; } = null!;

    public ReceiverHost Receivers { get; private set; } = null!;

    public DateTimeOffset Now => _clock.GetUtcNow();

    public IReadOnlyList<KillableHost> Alive => [.. _hosts.Where(host => host.IsAlive)];

    /// <summary>Called for each request of a reactor that the API server has granted, with the reactor's name. Only who runs asks anything.</summary>
    public Action<string, ApiRequest>? Asked { get; set; }

    /// <param name="speed">How many times as fast as the machine's clock theirs run.</param>
    /// <param name="moreTargets">Beside those of the source documents.</param>
    /// <param name="serverRules">Leases end by the clock of Redis, as in production; only with speed 1.</param>
    /// <param name="morePolicy">Appended to the policy file.</param>
    public static async Task<SharedCluster> StartAsync(double speed, int moreTargets, bool serverRules = false, string morePolicy = "")
    {
        var shared = new SharedCluster(speed, serverRules);
        shared._redis.Start();
        shared.Kubernetes = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(shared.Now, seed: 7, moreTargets), shared._clock);
        shared.Kubernetes.RequestEnded = (request, status) =>
        {
            if (status is >= 200 and < 300 && request.Token.Length > 0) shared.Asked?.Invoke(request.Token, request);
        };
        shared.Receivers = await ReceiverHost.StartAsync(shared._clock);
        await File.WriteAllTextAsync(Path.Combine(shared._folder, "policy.yaml"), PolicyText + "\n" + morePolicy);
        return shared;
    }

    public async Task<KillableHost> StartHostAsync(string name, TimeSpan off = default)
    {
        var order = new HostOrder(Settings(name), FreePort.Take(), _clock.Agreed, _clock.Speed, off, _serverRules);
        var host = await KillableHost.StartAsync(name, _folder, order);
        _hosts.Add(host);
        return host;
    }

    /// <summary>As a Redis without persistence that was restarted.</summary>
    public void LoseTheStore() => _redis.Do("FLUSHALL");

    public KillableHost Host(string name) => _hosts.Last(host => host.Name == name);

    public ClusterSnapshot Look() => Kubernetes.Look(cluster => cluster.Snapshot());

    /// <summary>The store as one more instance sees it.</summary>
    public RedisStore Store() => new("sandbox", new RedisSettings { Endpoints = [_redis.Endpoint] }, _clock);

    public async Task<IReadOnlyList<StoredAudit>> AuditAsync()
    {
        await using var store = Store();
        var all = new List<StoredAudit>();
        while (await store.AuditAsync(new AuditQuery { After = all.Count == 0 ? 0 : all[^1].Sequence, Limit = 1_000 }, default) is { IsEmpty: false } page)
            all.AddRange(page);
        return all;
    }

    public IReadOnlyList<JsonObject> Pages(string channel) =>
        [.. Receivers.Log.All().Where(message => message.Channel == channel && message.AnsweredWith < 300).Select(message => message.Body!)];

    public async Task UntilAsync(string what, Func<bool> holds, int seconds = 90)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !holds();)
        {
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(seconds))
                throw new TimeoutException($"Still not: {what}\n{string.Join('\n', Look().Targets.Select(t => $"{t.Name}: paused {t.Paused ?? "no"}, {string.Join(" + ", t.Hpas.Select(h => h.Name))}"))}\n{string.Join('\n', _hosts.Select(h => $"{h.Name}: {h.Said}"))}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) host.Dispose();
        if (Receivers is not null) await Receivers.DisposeAsync();
        if (Kubernetes is not null) await Kubernetes.DisposeAsync();
        _redis.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Dictionary<string, string?> Settings(string name) => new()
    {
        ["Cluster:Name"] = "sandbox",
        ["Kubernetes:Server"] = Kubernetes.Address.AbsoluteUri,
        ["Kubernetes:Token"] = name,
        ["State:Redis:Endpoints"] = _redis.Endpoint,
        ["Policy:File"] = Path.Combine(_folder, "policy.yaml"),
        ["Reconcile:Schedule"] = "*/10 * * * * *",
        ["Pages:Slack:WebhookUrl"] = Receivers.SlackUrl.AbsoluteUri,
        ["Pages:PagerDuty:Url"] = Receivers.PagerDutyUrl.AbsoluteUri,
        ["Pages:PagerDuty:RoutingKey"] = "0123456789abcdef0123456789abcdef",
        ["Memory:Key"] = "only-for-these-tests-not-a-secret",
        ["Keys:Sender"] = "the-key-of-a-sender",
        ["Keys:Viewer"] = "the-key-of-a-viewer",
        ["Keys:Operator"] = "the-key-of-an-operator",
    };
}
