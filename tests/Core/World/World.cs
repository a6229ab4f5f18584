using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests;

/// <summary>
/// A cluster of a few lines for the pure core: it applies planned writes to what is seen, lets a live KEDA answer at the next
/// look, and runs decide → plan → act until there is nothing left to do. Real behaviour is the sandbox's matter.
/// </summary>
internal sealed partial class World
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 2, 0, 0, TimeSpan.Zero);

    private int _version = 100;
    private DateTimeOffset _leaseRenewed = Start;
    private DateTimeOffset _controllerRenewed = Start - TimeSpan.FromDays(400);

    public World(params string[] names)
    {
        Policy = new Policy { Cluster = "test" };
        Panel = Panel.Empty("test");
        foreach (var name in names)
            Add(name);
    }

    public Policy Policy { get; set; }

    public Panel Panel { get; set; }

    public DateTimeOffset Now { get; private set; } = Start;

    public bool OperatorAlive { get; set; } = true;

    public bool MetricsServerUp { get; set; } = true;

    /// <summary>Set: the external metrics API leads to somebody else.</summary>
    public Taken? MetricsTaken { get; set; }

    /// <summary>Why it can't be told to whom it leads.</summary>
    public string MetricsDoubt { get; set; } = "";

    /// <summary>What gives it back.</summary>
    public string MetricsGiveBack { get; set; } = """kubectl patch apiservice v1beta1.external.metrics.k8s.io --type=merge -p '{"spec":{}}'""";

    /// <summary>KEDA's resources and webhook configurations.</summary>
    public ImmutableArray<Registration> Registrations { get; set; } = [];

    public bool WebhooksExpected { get; set; } = true;

    /// <summary>Why nothing is visible, when it is because ScaledObjects are not served.</summary>
    public Registration? NothingServed { get; set; }

    public bool Visible { get; set; } = true;

    /// <summary>Targets of which something can't be read, by name, with what is wrong.</summary>
    public SortedDictionary<string, string> Unreadable { get; } = new(StringComparer.Ordinal);

    /// <summary>The lists of ScaledObjects that a look is made of.</summary>
    public ImmutableArray<string> Lists { get; set; } = [""];

    /// <summary>Those of them that come empty.</summary>
    public SortedSet<string> EmptyLists { get; } = new(StringComparer.Ordinal);

    /// <summary>Changes what is seen before it is decided on.</summary>
    public Func<Observation, Observation> Bend { get; set; } = seen => seen;

    /// <summary>How far the cluster's clock is behind ours.</summary>
    public TimeSpan ClusterClockBehind { get; set; }

    /// <summary>True: KEDA does not notice a removed key until "false" is set.</summary>
    public bool Deaf { get; set; }

    public SortedDictionary<TargetId, TargetView> Targets { get; } = [];

    public List<Page> Pages { get; } = [];

    public List<AuditRecord> Audit { get; } = [];

    public List<Verdict> Verdicts { get; } = [];

    public List<Incident> Closed { get; } = [];

    public List<ClusterWrite> Written { get; } = [];

    /// <summary>True: the lease is not renewed although the Deployment has its replica (the operator hangs).</summary>
    public bool Hangs { get; set; }

    /// <summary>True: KEDA renews its lease and does nothing else.</summary>
    public bool Stuck { get; set; }

    /// <summary>True: the HPA controller's workers hang in metric calls, and no HPA is looked at.</summary>
    public bool HpasStarve { get; set; }

    /// <summary>The lease that the operator names; null: none.</summary>
    public string? Lease { get; set; } = "keda-system/operator.keda.sh";

    /// <summary>True: KEDA is well and its lease, an old one, is renewed by nobody.</summary>
    public bool LeaseLeftBehind { get; set; }

    /// <summary>spec.replicas of the operator's Deployment.</summary>
    public int OperatorWanted { get; set; } = 1;

    /// <summary>True: while the metrics server is down, there is no APIService at all.</summary>
    public bool MetricsServerAbsent { get; set; }

    /// <summary>Targets that KEDA can't work with as they are written: it makes no HPA for them.</summary>
    public SortedSet<string> Broken { get; } = [];

    /// <summary>Since when the store is down.</summary>
    public DateTimeOffset? StoreDownSince { get; set; }

    /// <summary>What the store knows of trips that are over.</summary>
    public Past Past { get; set; } = Past.Nothing;

    /// <summary>True: a live operator ignores pauses and makes its HPA again and again.</summary>
    public bool IgnoresPauses { get; set; }

    /// <summary>Targets whose trigger source is gone: KEDA's HPA, whenever it stands, can't get its metric.</summary>
    public SortedSet<string> Sourceless { get; } = [];

    /// <summary>Targets for which KEDA never makes its HPA again: it refuses their ScaledObject.</summary>
    public SortedSet<string> Refused { get; } = [];

    /// <summary>False: a live operator does not get to a paused-replicas.</summary>
    public bool TakesPausedReplicas { get; set; } = true;

    /// <summary>Changes what the cluster shows of each target before each look: what happens by itself.</summary>
    public Action<World> Happens { get; set; } = _ => { };

    /// <summary>True: kube-controller-manager's lease is renewed; false: it stands still; null: it can't be seen.</summary>
    public bool? ControlPlaneWrites { get; set; }

    /// <summary>Whether metrics.k8s.io is served.</summary>
    public bool? ResourceMetrics { get; set; }

    public bool ContainerMetrics { get; set; } = true;

    /// <summary>ScaledJobs of the cluster.</summary>
    public ImmutableArray<TargetId> ScaledJobs { get; set; } = [];

    /// <summary>Refuses a write when it gives words.</summary>
    public Func<ClusterWrite, string?> Refuses { get; set; } = _ => null;

    /// <summary>Ends a write that is not refused in another way than done; a lost reply was done.</summary>
    public Func<ClusterWrite, Outcome> Ends { get; set; } = _ => Outcome.Done;

    /// <summary>Every decision so far, with what it was decided on.</summary>
    public List<(DecisionInput Input, Decision Decision)> Decisions { get; } = [];

    /// <summary>Every decision and every record of writes, in their order.</summary>
    public List<(DateTimeOffset At, Decision Decision)> Told { get; } = [];

    public static TargetId Id(string name) => new("sophia-mesh", name);

    public TargetView this[string name]
    {
        get => Targets[Id(name)];
        set => Targets[Id(name)] = value;
    }

    public Incident TheIncident => Assert.Single(Panel.Incidents.Values);

    /// <summary>The open incident of an order by hand.</summary>
    public Incident Of(Order order) => Panel.Incidents.Values.Single(i => i.Evidence.ContainsKey(order.Key));

    public void Add(string name, int min = 2, int max = 20, int replicas = 4) => this[name] = new TargetView
    {
        Id = Id(name),
        Uid = "uid-" + name,
        ResourceVersion = "1",
        Workload = new WorkloadRef("apps/v1", "Deployment", name),
        Min = min,
        Max = max,
        KedaHpaName = "keda-hpa-" + name,
        HpaNamed = true,
        Replicas = new WorkloadView { Desired = replicas, Available = replicas, Containers = [new("app", true)] },
        Ready = new ConditionView("True", "ScaledObjectReady", ""),
        Triggers = [new TriggerView("redis", ImmutableSortedDictionary<string, string>.Empty)],
        Hpas = [KedaHpa(name, replicas, Start - TimeSpan.FromHours(1))],
    };

    public static HpaView KedaHpa(string name, int replicas, DateTimeOffset created) => new()
    {
        Name = "keda-hpa-" + name,
        Uid = $"hpa-{name}-{created.UtcTicks}",
        Owner = HpaOwner.Keda,
        CreatedAt = created,
        DesiredReplicas = replicas,
        CurrentReplicas = replicas,
        ScalingActive = new ConditionView("True", "ValidMetricFound", ""),
    };

    public void Change(string name, Func<TargetView, TargetView> change) => this[name] = change(this[name]);

    /// <summary>Only a write to the ScaledObject itself moves its resourceVersion.</summary>
    public void Annotate(string name, string key, string? value) => Change(name, v => v with
    {
        ResourceVersion = $"{++_version}",
        Annotations = value is null ? v.Annotations.Remove(key) : v.Annotations.SetItem(key, value),
    });

    /// <summary>Somebody else sets the pause, to whatever value: its managedFields show who.</summary>
    public void PauseBy(string manager, string name, string value = "true")
    {
        Annotate(name, Annotations.Paused, value);
        Change(name, v => v with { PauseSetBy = manager });
    }

    /// <summary>And takes it away.</summary>
    public void Unpause(string name)
    {
        Annotate(name, Annotations.Paused, null);
        Change(name, v => v with { PauseSetBy = "" });
    }

    public void KedaHpaShows(string name, string status, string reason) =>
        Change(name, v => v with { Hpas = [.. v.Hpas.Select(h => h.Owner == HpaOwner.Keda ? h with { ScalingActive = new(status, reason, "") } : h)] });

    /// <summary>Time passes and nobody looks.</summary>
    public void Skip(TimeSpan time) => Now += time;

    /// <summary>Time passes; a run every 30 s.</summary>
    public void Pass(TimeSpan time)
    {
        for (var end = Now + time; Now < end;)
        {
            Now += TimeSpan.FromSeconds(30);
            Run();
        }
    }

    public void Pass(int minutes) => Pass(TimeSpan.FromMinutes(minutes));

    /// <summary>Passes until something holds, at most an hour.</summary>
    public void PassUntil(Func<bool> holds, string what)
    {
        for (var i = 0; i < 120 && !holds(); i++)
            Pass(TimeSpan.FromSeconds(30));
        Assert.True(holds(), $"an hour passed without: {what}");
    }

    /// <summary>The fingers of a human or another program on a ScaledObject.</summary>
    public void Delete(string name) => Targets.Remove(Id(name));

    public void Hear(params Signal[] signals) => Run(signals);

    /// <summary>One run as the loop does it: look, decide, act, and look again until nothing is left.</summary>
    public void Run(params Signal[] signals)
    {
        for (var look = 0; look < 10; look++)
        {
            KedaActs();
            Happens(this);
            var seen = See();
            var input = new DecisionInput
            {
                Panel = Panel, Observation = seen, NotSeenBecause = "connection refused", NothingServed = seen is null ? NothingServed : null, Past = Past, Signals = look == 0 ? signals : [], Policy = Policy, Now = Now, StoreDownSince = StoreDownSince,
            };
            var decision = Decide.Run(input);
            Decisions.Add((input, decision));
            Take(decision);
            if (seen is null || Core.EmptyLists.Judge(input.Panel, seen, Policy, Now).Believed is null)
                return;
            var chains = Plan.Writes(Panel, seen, Policy, Now, withoutStore: StoreDownSince is not null);
            if (chains.IsEmpty)
                return;
            var outcomes = chains.SelectMany(Act).ToList();
            Take(Decide.Record(Panel, outcomes, Policy, Now));
            if (!outcomes.Exists(o => o.Outcome is Outcome.Done or Outcome.AlreadyDone))
                return; // nothing changed: the next run asks again
        }

        Assert.Fail("ten looks and still something to write");
    }

    private void Take(Decision decision)
    {
        Panel = decision.Panel;
        Told.Add((Now, decision));
        Pages.AddRange(decision.Pages);
        Audit.AddRange(decision.Audit);
        Verdicts.AddRange(decision.Verdicts);
        Closed.AddRange(decision.Closed);
    }
}
