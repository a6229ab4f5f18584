using System.Collections.Concurrent;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

/// <summary>The sandbox cluster for scripts, by a clock that runs several times as fast, and a terminal beside it. Every accepted write is counted.</summary>
internal sealed class ScriptCluster : IAsyncDisposable
{
    /// <summary>An HPA syncs about every two seconds.</summary>
    private const double Speed = 8;

    private readonly ConcurrentQueue<string> _writes = new();
    private readonly ConcurrentDictionary<string, int> _answered = new();
    private readonly FastClock _clock;

    private ScriptCluster(KubernetesHttpHost kubernetes, FastClock clock) => (Kubernetes, _clock) = (kubernetes, clock);

    public KubernetesHttpHost Kubernetes { get; }

    public required Terminal Terminal { get; init; }

    /// <summary>Method and path of what was written for good.</summary>
    public IReadOnlyCollection<string> Writes => _writes;

    public static async Task<ScriptCluster> StartAsync(SandboxOptions? options = null, Terminal? terminal = null)
    {
        var clock = new FastClock();
        var cluster = SandboxSeed.Create(clock.GetUtcNow(), seed: 7, moreTargets: 0, options);
        var made = new ScriptCluster(await KubernetesHttpHost.StartAsync(cluster, clock), clock) { Terminal = terminal ?? new Terminal() };
        made.Kubernetes.RequestEnded = (request, status) =>
        {
            made._answered.AddOrUpdate(request.Path, 1, (_, times) => times + 1);
            if (request is { Writes: true, DryRun: false } && status is >= 200 and < 300) made._writes.Enqueue($"{request.Method} {request.Path}");
        };
        return made;
    }

    /// <summary>How often something was asked on this path since the start.</summary>
    public int Answered(string path) => _answered.GetValueOrDefault(path);

    /// <summary>Time passes in the cluster at once.</summary>
    public void Pass(TimeSpan time) => Kubernetes.Change(_ => _clock.Ahead += time);

    public Task<Said> ScriptAsync(string script, params string[] arguments) =>
        Terminal.ScriptAsync(script, [.. arguments, "--server", Kubernetes.Address.AbsoluteUri.TrimEnd('/')]);

    /// <summary>In a process group of its own: what the script starts may kill the whole group.</summary>
    public Task<Said> KillableScriptAsync(string script, params string[] arguments) =>
        Terminal.RunAsync("setsid", ["--wait", "bash", Path.Combine(Terminal.Scripts, script), .. arguments, "--server", Kubernetes.Address.AbsoluteUri.TrimEnd('/')]);

    public async Task<Said> KubectlAsync(string arguments, string input = "")
    {
        var said = await Terminal.RunAsync("kubectl", ["--server", Kubernetes.Address.AbsoluteUri, .. arguments.Split(' ')], input);
        said.Ended(0);
        return said;
    }

    public TargetState Target(string name) => Kubernetes.Look(cluster => cluster.Snapshot()).Targets.Single(target => target.Name == name);

    /// <summary>Every object's name: what a dry run must leave as it is.</summary>
    public IReadOnlyList<string> Objects() => Kubernetes.Look(cluster => Resources.Stored.Where(r => r != Resources.Events)
        .SelectMany(resource => cluster.Store.All(resource).Select(o => $"{resource} {o.Namespace}/{o.Name} {o.Uid}")).ToList());

    /// <summary>What ScaledObjects and HPAs are told to be: annotations and spec, without what runs.</summary>
    public IReadOnlyList<string> Wishes() => Kubernetes.Look(cluster => new[] { Resources.ScaledObjects, Resources.Hpas }
        .SelectMany(resource => cluster.Store.All(resource).Select(o => $"{resource} {o.Namespace}/{o.Name} {o.Uid} {o.Annotations?.ToJsonString()} {o.Spec?.ToJsonString()}")).ToList());

    /// <summary>The most HPAs that ever stood on one workload at once since the start.</summary>
    public int MostHpasEver() => Kubernetes.Look(cluster => cluster.History.Workloads.SelectMany(cluster.History.Of).Max(moment => moment.Hpas.Length));

    /// <summary>Workloads with more than one HPA now.</summary>
    public IReadOnlyList<string> WithTwo() => Kubernetes.Look(cluster => cluster.History.Workloads
        .Where(workload => cluster.HpasOn(workload).Count() > 1).Select(workload => workload.ToString()).ToList());

    public void Fault(Action<Sandbox.Faults.FaultPlan> set) => Kubernetes.Change(cluster => set(cluster.Faults));

    public async ValueTask DisposeAsync()
    {
        Terminal.Dispose();
        await Kubernetes.DisposeAsync();
    }

    /// <summary>The host only asks it what time it is: its ticker is the machine's.</summary>
    private sealed class FastClock : TimeProvider
    {
        private readonly DateTimeOffset _start = System.GetUtcNow();

        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => _start + ((System.GetUtcNow() - _start) * Speed) + Ahead;
    }
}
