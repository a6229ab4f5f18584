using System.Globalization;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Seed;
using Sophia.Keda.Reactor.Simulator.Checks;
using Sophia.Keda.Reactor.Simulator.Clockwork;
using Sophia.Keda.Reactor.Simulator.Faults;
using Sophia.Keda.Reactor.Simulator.Reactors;
using Sophia.Keda.Reactor.Simulator.Store;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Simulator;

/// <summary>
/// Everything that one seed plays with: the sandbox's cluster, one to three reactors of production code, their store, the pagers, and one
/// clock. All of it on one thread; whose turn it is, the seed says.
/// </summary>
internal sealed class World
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 2, 0, 0, TimeSpan.Zero);
    private readonly List<string> _said = [];
    private readonly List<Breach> _breaches = [];
    private readonly SeededRandom _reactors;
    private readonly TimeSpan[] _skews;
    private int _born;

    public World(Setting setting)
    {
        Setting = setting;
        Time = new VirtualTime(Start);
        Scheduler = new Scheduler(Time, SeededRandom.For(setting.Seed, "turns"));
        Cluster = SandboxSeed.Create(Start, setting.Seed, setting.MoreTargets);
        Policy = setting.Policy;
        Store = new MemoryStore(Policy.Cluster, new StateLimits(), () => Time.Now)
        {
            IsGone = setting.KnowsTheDead ? name => Reactors.All(one => one.Name != name) : null,
        };
        Receivers = [new Receiver("slack", Time), new Receiver("pagerduty", Time)];
        _reactors = SeededRandom.For(setting.Seed, "reactors");
        Truth = new Truth(this);
        Time.Moved = now => Cluster.Advance(now);
        _skews = [.. Enumerable.Range(0, setting.Reactors).Select(_ => _reactors.Chance(0.5) ? TimeSpan.Zero : TimeSpan.FromSeconds(_reactors.Between(-4, 4)))];
        for (var i = 0; i < setting.Reactors; i++)
            Reactors.Add(Born(i));
        Checks = [new AutoscalerCheck(this), new WriteCheck(this), new PageCheck(this), new BoundsCheck(this), new AlertCheck(this), new RequestCheck(this)];
    }

    public const string OwnKey = "only-for-the-simulation";

    public Setting Setting { get; }

    public VirtualTime Time { get; }

    public Scheduler Scheduler { get; }

    public SandboxCluster Cluster { get; }

    public Policy Policy { get; }

    public MemoryStore Store { get; }

    public StoreWeather Weather { get; } = new();

    public FaultDice Dice { get; } = new();

    public IReadOnlyList<Receiver> Receivers { get; }

    public List<Instance> Reactors { get; } = [];

    public IReadOnlyList<ICheck> Checks { get; }

    /// <summary>Every alert that anybody sent.</summary>
    public List<Actors.Alertmanager.Firing> Firing { get; } = [];

    /// <summary>What is really wrong, by whoever made it so.</summary>
    public Truth Truth { get; }

    public int Alive => Reactors.Count(one => !one.Dead);

    public Panel Panel => Store.Load().Panel;

    public DateTimeOffset Began => Start;

    public IReadOnlyList<Breach> Breaches => _breaches;

    /// <summary>All that happened, line by line: two runs of one seed say the same.</summary>
    public IReadOnlyList<string> Said => _said;

    public ulong Hash { get; private set; } = 14695981039346656037UL;

    public int Acts { get; set; }

    public int Writes { get; private set; }

    public int Deaths { get; set; }

    /// <summary>True once the store was lost or went back: pages may then arrive twice, and out of order.</summary>
    public bool StoreWasLost { get; set; }

    /// <summary>Copies of the store, one a minute, for whoever puts one back.</summary>
    public List<MemoryStore.Copy> Copies { get; } = [];

    public void Say(string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{Time.Now:HH:mm:ss.fff} {what}");
        Hash = (Hash ^ SeededRandom.Hash(line)) * 1099511628211UL;
        if (Setting.Tells)
            _said.Add(line);
    }

    public void Broken(int invariant, string what)
    {
        if (_breaches.Exists(one => one.What == what))
            return;
        Say($"BROKEN {invariant}: {what}");
        _breaches.Add(new Breach(invariant, what, Time.Now));
    }

    /// <summary>The API server took a write of a reactor's.</summary>
    public void Wrote(Instance by, HttpRequestMessage request)
    {
        Writes++;
        Say($"{by.Name}: {request.Method} {request.RequestUri!.AbsolutePath} {(Setting.Tells ? request.Content?.ReadAsStringAsync().GetAwaiter().GetResult() : "")}");
        foreach (var check in Checks)
            check.Wrote(request);
    }

    /// <summary>Something happens later, outside of every process.</summary>
    public void After(TimeSpan time, Action what) => Time.CreateTimer(_ => what(), null, time, Timeout.InfiniteTimeSpan);

    /// <summary>Time passes, and every minute all checks look.</summary>
    public void Pass(TimeSpan time)
    {
        for (var end = Time.Now + time; Time.Now < end;)
        {
            var next = Time.Now + TimeSpan.FromMinutes(1);
            Scheduler.RunUntil(next < end ? next : end);
            foreach (var check in Checks)
                check.Look();
            Copies.Add(Store.BackUp());
            if (Copies.Count > 10)
                Copies.RemoveAt(0);
        }
    }

    public void PassUntil(DateTimeOffset end)
    {
        if (end > Time.Now)
            Pass(end - Time.Now);
    }

    /// <summary>A process that ended is replaced, as its platform does.</summary>
    public void Replace()
    {
        for (var i = 0; i < Reactors.Count; i++)
        {
            if (!Reactors[i].Dead)
                continue;
            Deaths++;
            Reactors[i] = Born(i);
            Say($"{Reactors[i].Name} begins");
        }
    }

    /// <summary>Whoever a load balancer would send somebody to; null when nobody lives.</summary>
    public Instance? Somebody(SeededRandom random)
    {
        var alive = Reactors.Where(one => !one.Dead && one.Process.FrozenUntil <= Time.Now).ToList();
        return alive.Count == 0 ? null : alive[random.Whole(0, alive.Count - 1)];
    }

    /// <summary>By hand or by a program of others, through the API. A refusal is theirs to live with.</summary>
    public int Call(string method, string path, string? body, string by, string type = "application/merge-patch+json")
    {
        var answer = new KubernetesApi(Cluster).Handle(ApiRequest.From(method, path, body, type) with { UserAgent = by });
        Say($"{by}: {method} {path} {answer.Status}");
        return answer.Status;
    }

    private Instance Born(int place) =>
        new(this, $"reactor-{place}.{++_born}", _skews[place], SeededRandom.For(Setting.Seed, $"reactor {_born}"));
}
