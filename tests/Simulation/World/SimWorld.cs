using Microsoft.Extensions.Logging.Abstractions;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Seed;
using Sophia.Keda.Reactor.Sandbox.Story.Invariants;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>
/// Production code, unchanged, in a world of one thread and one seed: sandbox cluster, real store, virtual time. A process can die
/// at any side effect; the next timer starts another.
/// </summary>
internal sealed class SimWorld : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 2, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Folder();
    private SqliteStore _store;
    private readonly Pump _pump = new();
    private readonly ulong _seed;
    private readonly List<PageFact> _pages = [];
    private ReactorLoop? _loop;
    private int _processes;
    private int _ticks;
    private string _lastDeath = "never";

    public SimWorld(ulong seed, int moreTargets = 0, Policy? policy = null, SandboxOptions? options = null)
    {
        _seed = seed;
        Time = new VirtualTime(Start);
        Cluster = SandboxSeed.Create(Start, seed, moreTargets, options ?? new SandboxOptions());
        Policy = policy ?? new Policy { Cluster = "sim", AlertChannels = ["slack", "pagerduty"] };
        _store = Open();
        Time.Moved = now => Cluster.Advance(now);
    }

    public VirtualTime Time { get; }

    /// <summary>Called after each tick of the timer with its number: where a test makes something happen.</summary>
    public Action<int>? Ticked { get; set; }

    public const string OwnKey = "only-for-the-simulation";

    /// <summary>What the next process signs and verifies memories with.</summary>
    public string SigningKey { get; set; } = OwnKey;

    /// <summary>Pages that reached people, in order.</summary>
    public IReadOnlyList<PageFact> Paged => _pages;

    /// <summary>Names the store's unbroken life.</summary>
    public string Chain => Blocking(() => _store.LoadAsync(default)).Chain;

    /// <summary>Workloads on their fallback HPA and nothing else.</summary>
    public int OnFallback => Cluster.Snapshot().Targets.Count(target => target.Hpas is [{ HasKedaLabel: false }]);

    /// <summary>Nothing is left to do, by what the panel knows and by what stands in the cluster: a panel that was just lost is empty too.</summary>
    public bool AtRest => !StoreDown
        && Panel is { Incidents.IsEmpty: true, Targets.IsEmpty: true, Notices.IsEmpty: true }
        && !Cluster.Snapshot().Targets.Any(target => target.Annotations.ContainsKey(Annotations.Incident) || target.Annotations.ContainsKey(Annotations.Memory));

    /// <summary>Targets that cluster-scope trouble moves: in the seed, all of them.</summary>
    public int Protectable => Cluster.Snapshot().Targets.Length;

    /// <summary>True: every call of the store fails.</summary>
    public bool StoreDown { get; set; }

    /// <summary>True once the store was lost or put back to an older state: pages may then arrive twice.</summary>
    public bool StoreWasLost { get; private set; }

    public SandboxCluster Cluster { get; }

    public Policy Policy { get; }

    public Interruptions Interruptions { get; private set; } = new();

    public int AcceptedWrites { get; private set; }

    /// <summary>The latest look of the living process.</summary>
    public Observation? LastSeen => _loop?.LastObservation;

    /// <summary>Called before each write of the reactor with its number: where the cluster changes under its hands.</summary>
    public Action<int>? Writing { get; set; }

    /// <summary>Every request to the API server: method, and path with its query.</summary>
    public List<(string Method, string Path)> Requests { get; } = [];

    /// <summary>How many processes died so far.</summary>
    public int Deaths { get; private set; }

    public FaultPlan Faults => Cluster.Faults;

    public Panel Panel => Blocking(() => _store.LoadAsync(default)).Panel;

    /// <summary>The next process dies at this half-step of its side effects.</summary>
    public int? NextDiesAt { get; set; }

    /// <summary>Time passes, with a timer tick every health_check_interval. A process that died is replaced at the next tick.</summary>
    public void Pass(TimeSpan time)
    {
        for (var end = Time.Now + time; Time.Now < end;)
        {
            MoveOn(Policy.HealthCheckInterval);
            Tick();
            Deliver();
            Ticked?.Invoke(++_ticks);
        }
    }

    /// <summary>Time passes without a tick; looks that the loop asked for itself are made.</summary>
    public void Wait(TimeSpan time) => MoveOn(time);

    public void PassUntil(Func<bool> holds, TimeSpan atMost, string what)
    {
        for (var end = Time.Now + atMost; Time.Now < end && !holds();)
            Pass(Policy.HealthCheckInterval);
        Assert.True(holds(), $"seed {_seed}: after {atMost} still not: {what}");
    }

    public void Tick() => Drive(loop => loop.RunAsync(default));

    public void Hear(params Signal[] signals) => Drive(loop => loop.AcceptAsync(signals, TimeSpan.FromSeconds(5), default));

    /// <summary>The process ends without warning, as a machine does; the next tick starts another.</summary>
    public void Kill()
    {
        Interruptions.Kill();
        Bury();
    }

    /// <summary>A copy of the store as it is now.</summary>
    public string BackUp()
    {
        var copy = Path.Combine(_folder, $"copy-{Path.GetRandomFileName()}");
        Directory.CreateDirectory(copy);
        _store.Dispose();
        foreach (var file in Directory.GetFiles(_folder, "state.db*"))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        _store = Open();
        return copy;
    }

    /// <summary>The hand of another version in the state file; what it reads is given back.</summary>
    public string? Sql(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "state.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar()?.ToString();
    }

    /// <summary>The store is put back to an older copy, or is gone altogether.</summary>
    public void PutBack(string? copy)
    {
        Deliver();
        _store.Dispose();
        foreach (var file in Directory.GetFiles(_folder, "state.db*"))
            File.Delete(file);
        foreach (var file in copy is null ? [] : Directory.GetFiles(copy))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        _store = Open();
        StoreWasLost = true;
    }

    private SqliteStore Open() => new(Policy.Cluster, new SqliteSettings { Path = Path.Combine(_folder, "state.db") }, Time);

    private SqliteStore Reach() => StoreDown ? throw new StoreUnavailableException("the simulation took it away") : _store;

    private void Drive(Func<ReactorLoop, Task> what)
    {
        _loop ??= NewProcess();
        try
        {
            _pump.Run(() => what(_loop), Idle, () => Interruptions.Dead);
        }
        catch (Exception) when (Interruptions.Dead)
        {
            Bury();
        }
    }

    private void MoveOn(TimeSpan time)
    {
        for (var end = Time.Now + time; Time.Now < end;)
        {
            Time.MoveTo(Time.Next is { } next && next < end ? next : end);
            _pump.Settle(() => Interruptions.Dead);
            if (Interruptions.Dead && _loop is not null)
                Bury();
        }
    }

    private void Bury()
    {
        // The next tick starts another, which opens the file anew: the operating system has let go of what this one had locked.
        _loop = null;
        _store.Dispose();
        _store = Open();
        _lastDeath = Interruptions.DiedAt;
        Deaths++;
    }

    /// <summary>Everything waits: time moves on to the next alarm of the reactor, or a little.</summary>
    private void Idle()
    {
        var soon = Time.Now + TimeSpan.FromMilliseconds(10);
        Time.MoveTo(Time.Next is { } next && next > Time.Now ? next : soon);
    }

    private ReactorLoop NewProcess()
    {
        Interruptions = new Interruptions { DieAt = NextDiesAt };
        NextDiesAt = null;
        var random = new SimRandom(_seed + (ulong)++_processes);
        var network = new Network(new InProcessHandler(Cluster, Time), Interruptions, () => AcceptedWrites++, Requests, number => Writing?.Invoke(number));
        var http = new ClusterConnection { Server = new Uri("http://127.0.0.1/") }.Connect(Time, network);
        var client = new ClusterClient(http, Policy, new ClusterSettings(), Time, random.Next, new MemorySigner(SigningKey));
        return new ReactorLoop(new SimStore(Reach, Interruptions), client, Policy, Time, new Counters(), $"process-{_processes}", NullLogger<ReactorLoop>.Instance);
    }

    public ReactorFacts Facts()
    {
        var audit = new List<StoredAudit>();
        while (Blocking(() => _store.AuditAsync(new AuditQuery { After = audit.Count == 0 ? 0 : audit[^1].Sequence, Limit = 1000 }, default)) is { IsEmpty: false } page)
            audit.AddRange(page);
        Deliver();
        return new ReactorFacts
        {
            Audit = audit,
            Closed = Blocking(() => _store.ClosedIncidentsAsync(100, default)).RemoveAll(incident => Panel.Incidents.ContainsKey(incident.Id)),
            Panel = Panel,
            Pages = _pages,
            Channels = Policy.AlertChannels,
            StoreWasLost = StoreWasLost,
            AcceptedWrites = 0, // a process that dies after a write can't audit it: the next one finds it by looking
        };
    }

    /// <summary>What the delivery timer does, with channels that take everything at once.</summary>
    private void Deliver()
    {
        if (_loop is { } loop)
            Deliver(loop.PagesWithoutStore);
        if (!StoreDown)
            Deliver(_store);
    }

    private void Deliver(IOutbox outbox)
    {
        while (Blocking(() => outbox.DuePagesAsync(Time.Now, 100, default)) is { IsEmpty: false } due)
        {
            foreach (var entry in due)
            {
                _pages.Add(new PageFact(entry.Channel, entry.Page.DedupKey, entry.Page.Kind));
                var record = new AuditRecord { At = Time.Now, Kind = AuditKind.Page, Reason = Reason.PageDelivered, Actor = "test", Text = "" };
                Blocking(() => outbox.RecordDeliveryAsync(entry with { State = DeliveryState.Delivered }, record, default).ContinueWith(_ => 0, TaskScheduler.Default));
            }
        }
    }

    /// <summary>Everything that must hold at the end of a schedule.</summary>
    public void AssertAllInvariants(params string[] untouchable)
    {
        var facts = Facts();
        var settings = new InvariantSettings { Untouchable = untouchable.ToHashSet(), FloorPeriod = Policy.FloorPeriod, Trips = InvariantSettings.TripsIn(facts.Audit) };
        var violations = ClusterInvariants.DuringTheStory(Cluster, settings)
            .Concat(ClusterInvariants.AtTheEnd(Cluster, settings))
            .Concat(ReactorInvariants.Check(facts, Policy))
            .ToList();
        Assert.True(violations.Count == 0, $"seed {_seed}, died {_lastDeath}: {string.Join("; ", violations)}");
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>In memory where that is possible: a simulated crash needs no disk, and hundreds of stories would wait for its syncs.</summary>
    private static string Folder()
    {
        const string memory = "/dev/shm";
        return Directory.Exists(memory)
            ? Directory.CreateDirectory(Path.Combine(memory, "reactor-simulation-" + Path.GetRandomFileName())).FullName
            : Directory.CreateTempSubdirectory("reactor-simulation-").FullName;
    }

    private static T Blocking<T>(Func<Task<T>> call) => call().GetAwaiter().GetResult();

    /// <summary>Counts writes as side effects, so that a process can die before one or with its reply lost.</summary>
    private sealed class Network(HttpMessageHandler inner, Interruptions interruptions, Action accepted, List<(string Method, string Path)> requests, Action<int> writing) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            SynchronizationContext.SetSynchronizationContext(null); // as VirtualTime rings; who sends gets its own back when this returns
            requests.Add((request.Method.Method, request.RequestUri!.PathAndQuery));
            // An Event changes nothing that anything is decided on: it is no side effect to die at, and nothing that a record must name.
            if (request.Method == HttpMethod.Get || request.RequestUri!.AbsolutePath.EndsWith("/events", StringComparison.Ordinal))
            {
                interruptions.IfDead();
                return await base.SendAsync(request, cancellationToken);
            }

            writing(requests.Count(r => r.Method != "GET"));
            interruptions.Before($"{request.Method} {request.RequestUri!.AbsolutePath}");
            var response = await base.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode)
                accepted();
            interruptions.After($"{request.Method} {request.RequestUri!.AbsolutePath}");
            return response;
        }
    }
}

/// <summary>SplitMix64: the seed is printed on failure and gives the same run again.</summary>
internal sealed class SimRandom(ulong seed)
{
    private ulong _state = seed;

    public double Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
