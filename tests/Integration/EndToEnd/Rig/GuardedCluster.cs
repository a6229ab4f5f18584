using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Functions;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Receivers;
using Sophia.Keda.Reactor.Sandbox.Seed;
using Sophia.Keda.Reactor.Sandbox.Story;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

/// <summary>
/// The sandbox cluster, the receivers and the reactor as it is shipped, with keys, over real HTTP on loopback and a real
/// SQLite file. One clock for all of them: it flies only while nothing is under way.
/// </summary>
internal sealed class GuardedCluster : IAsyncDisposable
{
    public const string Name = "sandbox";

    /// <summary>Simulated seconds in a real one while nothing is under way.</summary>
    private const double Speed = 200;

    /// <summary>By the machine's clock; only a test that fails waits so long.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("reactor-end-to-end-").FullName;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly ConcurrentQueue<string> _writes = new();

    private GuardedCluster(DateTimeOffset start) => (Started, Clock) = (start, new StoryClock(start, Speed));

    public DateTimeOffset Started { get; }

    public StoryClock Clock { get; }

    public KubernetesHttpHost Kubernetes { get; private set; } = null!;

    public ReceiverHost Receivers { get; private set; } = null!;

    public Client Client { get; private set; } = null!;

    public NotificationRecorder Notifications { get; } = new();

    /// <summary>Called for each request that the API server has answered.</summary>
    public Action<ApiRequest, int>? Answered { get; set; }

    /// <summary>Writes of the reactor that the API server accepted, Events too: where nothing may be written they may not either.</summary>
    public int AcceptedWrites => _writes.Count;

    /// <summary>
    /// Those of them that change something, in order: method, namespace and object, "PATCH sophia-mesh/scaledobjects/x" for instance. An Event
    /// tells of a change and is none; it comes beside the next runs, and no audit record stands for it.
    /// </summary>
    public IReadOnlyList<string> Changes => [.. _writes.Where(write => !write.EndsWith("/events", StringComparison.Ordinal))];

    /// <summary>Appended to the policy file.</summary>
    public string MorePolicy { get; set; } = "";

    /// <summary>Added to the reactor's settings when it starts, or instead of them.</summary>
    public Dictionary<string, string?> MoreSettings { get; } = [];

    /// <summary>Changes the reactor's parts when it starts.</summary>
    public Action<IServiceCollection>? MoreServices { get; set; }

    public string DatabasePath => Path.Combine(_folder, "state", "reactor.db");

    private StandaloneHost? Reactor { get; set; }

    /// <param name="moreTargets">Generated targets beside the four of the source documents.</param>
    /// <param name="reactor">False: the test starts it itself.</param>
    public static async Task<GuardedCluster> StartAsync(int moreTargets = 0, bool reactor = true)
    {
        var rig = new GuardedCluster(TimeProvider.System.GetUtcNow());
        try
        {
            using (rig.Clock.Busy())
            {
                var cluster = SandboxSeed.Create(rig.Clock.GetUtcNow(), seed: 7, moreTargets);
                rig.Kubernetes = await KubernetesHttpHost.StartAsync(cluster, rig.Clock);
                rig.Kubernetes.RequestStarted = _ => rig.Clock.Touch();
                rig.Kubernetes.RequestEnded = rig.Ended;
                rig.Receivers = await ReceiverHost.StartAsync(rig.Clock);
                if (reactor) await rig.StartReactorAsync();
            }

            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>Keeps the clock at the pace of the machine's.</summary>
    public IDisposable InRealTime() => Clock.Busy();

    public async Task StartReactorAsync()
    {
        Reactor = StandaloneHost.Build(new StandaloneOptions
        {
            Port = 0,
            Time = Clock,
            Settings = MoreSettings.Concat(Settings()).DistinctBy(setting => setting.Key).ToDictionary(),
            Logging = logging => logging.AddProvider(new QueueLog(_log)).SetMinimumLevel(LogLevel.Information),
            Configure = services =>
            {
                services.AddSingleton<WrapNetwork>(network => new InRealTimeWhileSending(Clock, network)).AddSingleton<IStartupFilter>(Notifications);
                MoreServices?.Invoke(services);
            },
        });
        await Reactor.StartAsync();
        Client = new Client(Reactor.Address, Clock);
    }

    /// <summary>As a process that is told to go.</summary>
    public async Task StopReactorAsync()
    {
        using (Clock.Busy())
        {
            if (Reactor is null) return;
            Client.Dispose();
            await Reactor.DisposeAsync();
            Reactor = null;
        }
    }

    public Dictionary<string, string?> Settings() => new()
    {
        ["Cluster:Name"] = Name,
        ["Kubernetes:Server"] = Kubernetes.Address.AbsoluteUri,
        ["State:Path"] = DatabasePath,
        ["Policy:File"] = PolicyFile(),
        ["Pages:Slack:WebhookUrl"] = Receivers.SlackUrl.AbsoluteUri,
        ["Pages:PagerDuty:Url"] = Receivers.PagerDutyUrl.AbsoluteUri,
        ["Pages:PagerDuty:RoutingKey"] = "0123456789abcdef0123456789abcdef",
        ["Memory:Key"] = "only-for-these-tests-not-a-secret",
        ["Keys:Sender"] = Client.KeyOf("sender"),
        ["Keys:Viewer"] = Client.KeyOf("viewer"),
        ["Keys:Operator"] = Client.KeyOf("operator"),
    };

    /// <summary>What the reactor has logged so far.</summary>
    public IReadOnlyList<string> LogLines() => [.. _log];

    public ClusterSnapshot Look() => Kubernetes.Look(cluster => cluster.Snapshot());

    public TargetState Target(string name) => Look().Targets.Single(target => target.Name == name);

    /// <summary>What a channel took, in order.</summary>
    public IReadOnlyList<JsonObject> Pages(string channel) =>
        [.. Receivers.Log.All().Where(message => message.Channel == channel && message.AnsweredWith < 300).Select(message => message.Body!)];

    /// <summary>PagerDuty's events in order, as "trigger" or "resolve" with their dedup key.</summary>
    public IReadOnlyList<(string Action, string Key)> PagerDuty() =>
        [.. Pages("pagerduty").Select(page => ((string)page["event_action"]!, (string)page["dedup_key"]!))];

    /// <summary>Waits for something that a look from outside shows.</summary>
    public Task UntilAsync(string what, Func<bool> holds) => UntilAsync(what, () => Task.FromResult(holds()), TimeSpan.FromMilliseconds(20));

    /// <summary>Waits for something that the reactor must be asked for. Not too often: whoever asks holds up the clock.</summary>
    public Task UntilAsync(string what, Func<Task<bool>> holds) => UntilAsync(what, holds, TimeSpan.FromMilliseconds(400));

    public async ValueTask DisposeAsync()
    {
        await StopReactorAsync();
        using (Clock.Busy())
        {
            if (Receivers is not null) await Receivers.DisposeAsync();
            if (Kubernetes is not null) await Kubernetes.DisposeAsync();
        }

        Clock.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Nobody reads mail here; everything else as the defaults have it.</summary>
    private string PolicyFile()
    {
        var path = Path.Combine(_folder, "circuit_breaker.yaml");
        File.WriteAllText(path, "monitoring:\n  alert_channels: [slack, pagerduty]\n" + MorePolicy);
        return path;
    }

    private async Task UntilAsync(string what, Func<Task<bool>> holds, TimeSpan every)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(began) > LongestWait)
                throw new TimeoutException($"Still not, at {Clock.GetUtcNow():O} of the rig's clock: {what}\n{Where()}");
            await Task.Delay(every, TimeProvider.System);
        }
    }

    private string Where() => string.Join('\n', Look().Targets
        .Select(target => $"{target.Name}: paused {target.Paused ?? "no"}, {string.Join(" + ", target.Hpas.Select(hpa => hpa.Name))}")
        .Concat(_log.TakeLast(15)));

    private void Ended(ApiRequest request, int status)
    {
        Clock.Touch();
        if (request.Writes && status is >= 200 and < 300 && request.UserAgent.StartsWith(Core.Annotations.Manager, StringComparison.Ordinal))
            _writes.Enqueue($"{request.Method} {request.Path.Split("/namespaces/")[^1]}");
        Answered?.Invoke(request, status);
    }
}
