using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Receivers;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Integration.Tests.Monitoring;

/// <summary>The sandbox, the reactor with its default policy, the real Prometheus and the real Alertmanager as shipped, and whoever is paged.</summary>
internal sealed class MonitoredCluster : IAsyncDisposable
{
    private const string ViewerKey = "the-key-of-a-viewer";
    private const string SenderKey = "the-key-of-a-sender";

    private readonly string _folder = Directory.CreateTempSubdirectory("reactor-monitored-").FullName;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly PacedClock _clock;
    private HttpClient _client = null!;
    private StandaloneHost _reactor = null!;
    private Alertmanager _alertmanager = null!;

    private MonitoredCluster(Pace pace) => (Pace, _clock) = (pace, new PacedClock(TimeProvider.System.GetUtcNow(), pace.Factor, TimeSpan.Zero));

    public Pace Pace { get; }

    public DateTimeOffset Now => _clock.GetUtcNow();

    public KubernetesHttpHost Kubernetes { get; private set; } = null!;

    public ReceiverHost Receivers { get; private set; } = null!;

    public PrometheusServer Prometheus { get; private set; } = null!;

    public HeartbeatCounter Heartbeats { get; private set; } = null!;

    public NotificationRecorder Notifications { get; } = new();

    public static async Task<MonitoredCluster> StartAsync(Pace pace)
    {
        var made = new MonitoredCluster(pace);
        try
        {
            await made.StartAsync();
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>A time of Prometheus, Alertmanager or this machine, on the rig's clock.</summary>
    public DateTimeOffset Simulated(DateTimeOffset real) => _clock.Agreed + Pace.Simulated(real - _clock.Agreed);

    public ClusterSnapshot Look() => Kubernetes.Look(cluster => cluster.Snapshot());

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await _client.GetStringAsync("api/" + path))!;

    public async Task UntilAsync(string what, TimeSpan simulated, Func<Task<bool>> holds)
    {
        // Twice as long by the machine's clock: whoever is late on a busy machine is not wrong.
        var (began, most) = (TimeProvider.System.GetTimestamp(), simulated / Pace.Factor * 2 + TimeSpan.FromSeconds(20));
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(began) > most)
                throw new TimeoutException($"Still not: {what}\n{string.Join('\n', Look().Targets.Select(t => $"{t.Name}: paused {t.Paused ?? "no"}, {string.Join(" + ", t.Hpas.Select(h => h.Name))}").Concat(_log.TakeLast(15)))}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    public Task UntilAsync(string what, TimeSpan simulated, Func<bool> holds) => UntilAsync(what, simulated, () => Task.FromResult(holds()));

    public async ValueTask DisposeAsync()
    {
        if (Prometheus is not null) await Prometheus.DisposeAsync();
        if (_alertmanager is not null) await _alertmanager.DisposeAsync();
        _client?.Dispose();
        if (_reactor is not null) await _reactor.DisposeAsync();
        if (Heartbeats is not null) await Heartbeats.DisposeAsync();
        if (Receivers is not null) await Receivers.DisposeAsync();
        if (Kubernetes is not null) await Kubernetes.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync()
    {
        Kubernetes = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(Now, seed: 7), _clock);
        Receivers = await ReceiverHost.StartAsync(_clock);
        Heartbeats = await HeartbeatCounter.StartAsync();
        var policy = Path.Combine(_folder, "policy.yaml");
        await File.WriteAllTextAsync(policy, "monitoring:\n  alert_channels: [slack, pagerduty]\n");
        _reactor = StandaloneHost.Build(new StandaloneOptions
        {
            Port = 0,
            Time = _clock,
            Settings = Settings(policy),
            Logging = logging => logging.AddProvider(new QueueLog(_log)).SetMinimumLevel(LogLevel.Information),
            Configure = services => services.AddSingleton<IStartupFilter>(Notifications),
        });
        await _reactor.StartAsync();
        _client = new HttpClient { BaseAddress = _reactor.Address };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ViewerKey);
        _alertmanager = await Alertmanager.StartAsync(new AlertmanagerWays(_reactor.Address, SenderKey)
        {
            Heartbeat = Heartbeats.Url, PagerDuty = Receivers.PagerDutyUrl, Slack = Receivers.SlackUrl, Pace = Pace.Factor,
        });
        Prometheus = await PrometheusServer.StartAsync(Pace, Kubernetes.Address, _reactor.Address, ViewerKey, _alertmanager.Address);
    }

    private Dictionary<string, string?> Settings(string policy) => new()
    {
        ["Cluster:Name"] = "sandbox",
        ["Kubernetes:Server"] = Kubernetes.Address.AbsoluteUri,
        ["State:Path"] = Path.Combine(_folder, "reactor.db"),
        ["Policy:File"] = policy,
        ["Pages:Slack:WebhookUrl"] = Receivers.SlackUrl.AbsoluteUri,
        ["Pages:PagerDuty:Url"] = Receivers.PagerDutyUrl.AbsoluteUri,
        ["Pages:PagerDuty:RoutingKey"] = "0123456789abcdef0123456789abcdef",
        ["Memory:Key"] = "only-for-these-tests-not-a-secret",
        ["Keys:Sender"] = SenderKey,
        ["Keys:Viewer"] = ViewerKey,
    };
}
