using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Receivers;
using Sophia.Keda.Reactor.Sandbox.Seed;
using Sophia.Keda.Reactor.Sandbox.Story.Scenarios;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>Cluster, receivers and the real reactor on loopback, on one clock that slows down while anything is under way.</summary>
public sealed class Rig : IAsyncDisposable
{
    private const string ClusterName = "sandbox";

    private readonly string _folder = Directory.CreateTempSubdirectory("reactor-sandbox-").FullName;
    private readonly ConcurrentDictionary<WorkloadKey, byte> _handingOver = new();
    private readonly ConcurrentQueue<(string Path, DateTimeOffset At)> _writes = new();
    private int _acceptedWrites;

    private Rig(StoryClock clock) => Clock = clock;

    public StoryClock Clock { get; }

    public KubernetesHttpHost Kubernetes { get; private set; } = null!;

    public ReceiverHost Receivers { get; private set; } = null!;

    public StandaloneHost Reactor { get; private set; } = null!;

    /// <summary>ScaledObjects that belong to others: one paused by a person, one opted out.</summary>
    public ImmutableHashSet<string> Untouchable { get; } = ["sophia-mesh/sophia-night-report", "artemis-mesh/artemis-legacy-importer"];

    public Policy Policy => Reactor.Services.GetRequiredService<Policy>();

    public IStateStore Store => Reactor.Services.GetRequiredService<IStateStore>();

    /// <summary>What the reactor saw last.</summary>
    public Observation? LastObservation => Reactor.Services.GetRequiredService<ReactorLoop>().LastObservation;

    public int AcceptedWrites => Volatile.Read(ref _acceptedWrites);

    /// <summary>Where the reactor wrote, and when, refused or not: every PATCH, POST, PUT and DELETE to an object of the cluster.</summary>
    public IReadOnlyList<(string Path, DateTimeOffset At)> Writes => [.. _writes];

    public static async Task<Rig> StartAsync(StoryOptions options, TimeProvider machine)
    {
        var now = machine.GetUtcNow();
        var start = new DateTimeOffset(now.Ticks - now.Ticks % TimeSpan.TicksPerSecond, TimeSpan.Zero);
        var rig = new Rig(new StoryClock(start, options.Speed));
        try
        {
            rig.Kubernetes = await KubernetesHttpHost.StartAsync(rig.MakeCluster(start, options), rig.Clock, options.ClusterPort);
            rig.Kubernetes.RequestStarted = _ => rig.Clock.Touch();
            rig.Kubernetes.RequestEnded = rig.Ended;
            rig.Receivers = await ReceiverHost.StartAsync(rig.Clock);
            rig.Reactor = rig.MakeReactor(options.Port, Scenario.All.FirstOrDefault(s => s.Name == options.Scenario), start);
            await rig.Reactor.StartAsync();
            rig.Clock.Working = () => !rig._handingOver.IsEmpty;
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    public ClusterSnapshot Look() => Kubernetes.Look(c => c.Snapshot());

    public async Task<Panel> PanelAsync() => (await Store.LoadAsync(CancellationToken.None)).Panel;

    public async ValueTask DisposeAsync()
    {
        // Nothing is to wait at simulated speed while it stops.
        using (Clock.Busy())
        {
            if (Reactor is not null)
                await Reactor.DisposeAsync();
            if (Receivers is not null)
                await Receivers.DisposeAsync();
            if (Kubernetes is not null)
                await Kubernetes.DisposeAsync();
        }

        Clock.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private SandboxCluster MakeCluster(DateTimeOffset start, StoryOptions options)
    {
        // Others' targets settle for two minutes before the story begins.
        var scenario = Scenario.All.FirstOrDefault(s => s.Name == options.Scenario);
        var ordinary = new SandboxOptions { KedaVersion = options.KedaVersion };
        var cluster = SandboxSeed.Create(start - TimeSpan.FromMinutes(2), options.Seed, options.MoreTargets, scenario?.Cluster(ordinary) ?? ordinary);
        scenario?.Prepare(cluster);
        foreach (var (name, annotation, value) in new[]
        {
            ("sophia-mesh/sophia-night-report", PauseAnnotations.PausedKey, "true"),
            ("artemis-mesh/artemis-legacy-importer", Annotations.OptOut, "true"),
        })
        {
            var (ns, workload) = (name[..name.IndexOf('/')], name[(name.IndexOf('/') + 1)..]);
            SandboxSeed.Add(cluster, new SeedTarget(ns, workload, workload, 1, 6, $$$"""
                {"scaleTargetRef":{"name":"{{{workload}}}"},"minReplicaCount":1,"maxReplicaCount":6,"pollingInterval":10,
                 "triggers":[{"type":"redis","metadata":{"addressFromEnv":"REDIS_HOST","listName":"{{{workload}}}","listLength":"10"}}]}
                """));
            cluster.Store.Update(cluster.Store.Find(Resources.ScaledObjects, ns, workload)!, document =>
                ((System.Text.Json.Nodes.JsonObject)document["metadata"]!)["annotations"] = new System.Text.Json.Nodes.JsonObject { [annotation] = value }, "kubectl-annotate");
            cluster.EndStep();
        }

        cluster.Advance(start);
        cluster.History.Noted = (workload, moment) =>
        {
            if (moment.Hpas.Length != 1 && !moment.HeldAtCount && !workload.ToString().Contains("night-report"))
                _handingOver[workload] = 0;
            else
                _handingOver.TryRemove(workload, out _);
        };
        return cluster;
    }

    private StandaloneHost MakeReactor(int port, Scenario? scenario, DateTimeOffset start) => StandaloneHost.Build(new StandaloneOptions
    {
        Port = port,
        Time = Clock,
        Settings = new Dictionary<string, string?>(scenario?.Settings ?? new Dictionary<string, string?>())
        {
            ["Cluster:Name"] = ClusterName,
            ["Kubernetes:Server"] = Kubernetes.Address.AbsoluteUri,
            ["State:Path"] = Path.Combine(_folder, "reactor.db"),
            ["Pages:Slack:WebhookUrl"] = Receivers.SlackUrl.AbsoluteUri,
            ["Pages:PagerDuty:Url"] = Receivers.PagerDutyUrl.AbsoluteUri,
            ["Pages:PagerDuty:RoutingKey"] = "0123456789abcdef0123456789abcdef",
            ["Policy:File"] = PolicyFile(scenario?.Policy(start) ?? Scenario.BasePolicy),
            ["Memory:Key"] = "only-for-the-sandbox-not-a-secret",
            ["Insecure"] = "true",
        },
        Logging = logging => logging.AddProvider(new FileLog(Path.Combine(_folder, "reactor.log"))).SetMinimumLevel(LogLevel.Information),
        Configure = services => services
            .AddSingleton<WrapNetwork>(network => new SlowWhileSending(network, Clock))
            .AddSingleton(SlowWhileRunning),
    });

    /// <summary>A run and a delivery are work from beginning to end, between their requests too.</summary>
    private LoopAccess SlowWhileRunning(IServiceProvider made)
    {
        var loop = LoopAccess.To(made.GetRequiredService<ReactorLoop>(), made.GetRequiredService<LatestPreflight>(), cancel => Wiring.DeliverAsync(made, cancel));
        return loop with
        {
            Run = cancel => BusyAsync(() => loop.Run(cancel)),
            Accept = (signals, patience, cancel) => BusyAsync(() => loop.Accept(signals, patience, cancel)),
            DeliverPages = cancel => BusyAsync(async () =>
            {
                await loop.DeliverPages(cancel);
                return 0;
            }),
        };
    }

    private async Task<T> BusyAsync<T>(Func<Task<T>> work)
    {
        using (Clock.Busy())
            return await work();
    }

    private string PolicyFile(string text)
    {
        var path = Path.Combine(_folder, "circuit_breaker.yaml");
        File.WriteAllText(path, text);
        return path;
    }

    private void Ended(ApiRequest request, int status)
    {
        Clock.Touch();
        // An Event tells of a change and is none.
        if (!request.Writes || request.Path.EndsWith("/events", StringComparison.Ordinal) || !request.UserAgent.StartsWith(Annotations.Manager))
            return;
        _writes.Enqueue((request.Path, Clock.GetUtcNow()));
        if (status is >= 200 and < 300)
            Interlocked.Increment(ref _acceptedWrites);
    }

    private sealed class SlowWhileSending(HttpMessageHandler inner, StoryClock clock) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using (clock.Busy())
                return await base.SendAsync(request, cancellationToken);
        }
    }
}
