using System.Collections.Immutable;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>
/// A Kubernetes cluster with KEDA in one deterministic, single-threaded object: the same start, seed and calls give the same cluster.
/// Time passes only in Advance.
/// </summary>
public sealed class SandboxCluster
{
    private readonly Agenda _agenda;
    private readonly GarbageCollector _garbage;
    private readonly HpaController _hpas;
    private readonly KedaPoller _poller;
    private readonly bool _oneForAll;
    private readonly ImmutableArray<Resource> _known;
    private readonly KedaRegistry _registry;

    public SandboxCluster(DateTimeOffset start, ulong seed, SandboxOptions options)
    {
        Options = options;
        _known = [.. Resources.Served.Where(options.Has)];
        _registry = new KedaRegistry(this);
        _agenda = new Agenda(start);
        Store = new ObjectStore(_agenda, SeededRandom.For(seed, "uids")) { Changed = Follow };
        var events = new EventRecorder(Store, _agenda, options.EventSpamFilter);
        Parts = new ClusterParts(Store, _agenda, events, new Workloads(Store, _agenda, events, SeededRandom.For(seed, "pods")), new HpaIndex(), seed);
        ControllerManager = new ControllerManager(Store, _agenda, SeededRandom.For(seed, "controller-manager")) { Back = CatchUp };
        Parts.Workloads.Working = () => ControllerManager.Working;
        _garbage = new GarbageCollector(Store, _agenda, SeededRandom.For(seed, "garbage")) { Working = Parts.Workloads.Working };
        Sources = new TriggerSources(Parts, KedaTraits.Of(options.KedaVersion));
        ResourceMetrics = new ResourceMetrics(Parts, options.MetricsApi);
        _hpas = new HpaController(Store, _agenda, events, Parts.Workloads, Parts.HpaIndex, Ask, Parts.Demand, seed)
        {
            Working = Parts.Workloads.Working,
            ResourceError = ResourceMetrics.Error,
        };
        var status = new KedaStatus(Store, _agenda);
        var traits = Traits = KedaTraits.Of(options.KedaVersion);
        var reconciler = new KedaReconciler(Parts, status, options.KedaVersion, traits);
        Operators = [.. options.Operators.Select(spec => new KedaOperator(Parts, spec, reconciler, status, _hpas, traits))];
        _oneForAll = Operators is [{ Spec.IsDefault: true }];
        _poller = new KedaPoller(Parts, Operators, reconciler, status, Sources, _hpas, traits);
        Keda = new KedaInstallation(Parts, Operator);
        foreach (var elects in Operators.Where(_ => options.LeaderElection))
            _ = new OperatorLease(Parts, elects, SeededRandom.For(seed, elects.Spec.Lease == KedaInstallation.LeaseName ? "keda-installation" : elects.Spec.Lease));
        Metrics = new KedaMetrics(Parts, Operator, Sources, _poller, options.KedaVersion, traits);
        Webhook = new AdmissionWebhook(Parts, traits) { Running = options.Webhook };
        Pods = new KedaPods(this);
        Namespaces = new NamespaceController(Store, _agenda) { Working = Parts.Workloads.Working };
        Faults = new FaultPlan(this, SeededRandom.For(seed, "faults"));
    }

    public SandboxOptions Options { get; }

    /// <summary>How this release of KEDA behaves.</summary>
    public KedaTraits Traits { get; }

    /// <summary>What this cluster's API server knows.</summary>
    public ImmutableArray<Resource> Served => [.. _known.Where(_registry.Serves)];
    public KedaRegistry Registry => _registry;
    public ObjectStore Store { get; }
    public ClusterParts Parts { get; }
    public TriggerSources Sources { get; }
    public ResourceMetrics ResourceMetrics { get; }
    public ControllerManager ControllerManager { get; }
    public ImmutableArray<KedaOperator> Operators { get; }

    /// <summary>The only one, nearly everywhere; the first of several.</summary>
    public KedaOperator Operator => Operators[0];
    public KedaInstallation Keda { get; }
    public AdmissionWebhook Webhook { get; }
    public KedaMetrics Metrics { get; }
    public KedaPods Pods { get; }
    public NamespaceController Namespaces { get; }
    public FaultPlan Faults { get; }
    public History History { get; } = new();

    /// <summary>Held by whoever advances, reads or changes the cluster from more than one thread.</summary>
    public Lock Gate { get; } = new();

    public DateTimeOffset Now => _agenda.Now;

    /// <summary>When the next thing inside the cluster happens.</summary>
    public DateTimeOffset? NextAt => _agenda.NextAt;

    /// <summary>Called after every internal step and after every API call, when everything is consistent.</summary>
    public Action<SandboxCluster>? Stepped { get; set; }

    public void Advance(DateTimeOffset to)
    {
        while (_agenda.Take(to) is { } what)
        {
            what();
            EndStep();
        }

        _agenda.MoveTo(to);
    }

    public void Advance(TimeSpan by) => Advance(Now + by);

    /// <summary>Called by whoever changed something from outside.</summary>
    public void EndStep()
    {
        History.Flush(Moment);
        Stepped?.Invoke(this);
    }

    public ClusterSnapshot Snapshot() => new(
        Now, Store.ResourceVersion, Operator.State, Operator.Leading, !Sources.MetricsServerDown,
        [.. Store.All(Resources.ScaledObjects).Select(Target)])
    {
        Operators = [.. Operators.Select(o => ($"{o.Spec.Namespace}/{o.Spec.Name}", o.State))],
    };

    public TargetState? Target(string ns, string name) =>
        Store.Find(Resources.ScaledObjects, ns, name) is { } found ? Target(found) : null;

    public IEnumerable<HpaState> HpasOn(WorkloadKey workload) => Parts.HpaIndex.On(workload).Select(State);

    private TargetState Target(StoredObject scaledObject)
    {
        var view = ScaledObjectView.Of(scaledObject);
        var workload = Parts.Workloads.Find(view.Target);
        return new TargetState(
            scaledObject.Namespace, scaledObject.Name, scaledObject.Uid, view.Target,
            workload is null ? 0 : Workloads.Wanted(workload), workload is null ? 0 : Workloads.Available(workload),
            view.Min, view.Max,
            [.. HpasOn(view.Target)],
            (scaledObject.Annotations ?? []).ToImmutableDictionary(a => a.Key, a => a.Value?.ToString() ?? ""),
            scaledObject.Deleting);
    }

    private HpaState State(StoredObject hpa)
    {
        var view = HpaView.Of(hpa);
        var active = _hpas.Condition(hpa, "ScalingActive");
        var owner = hpa.Metadata.Array("ownerReferences")?.FirstOrDefault(o => o.IsTrue("controller")).Text("kind") ?? "";
        return new HpaState(hpa.Name, hpa.Uid, owner, view.Min, view.Max, active?.Status, active?.Reason,
            hpa.Metadata.Object("labels").Text(KedaHpa.ScaledObjectLabel) is not null);
    }

    /// <summary>The adapter is one for all, and asks the operator whose the target is; nobody answers for what nobody serves.</summary>
    private MetricAnswer Ask(string ns, HpaMetric metric)
    {
        if (_oneForAll)
            return Sources.Answer(ns, metric, Operator.SilentSince is not null);
        var owner = Store.Find(Resources.ScaledObjects, ns, metric.Selector.Object("matchLabels").Text(KedaHpa.ScaledObjectLabel) ?? "");
        return Sources.Answer(ns, metric, silent: owner is null || !Operators.Any(o => o.Serves(owner) && o.SilentSince is null));
    }

    private WorkloadMoment Moment(WorkloadKey key)
    {
        var workload = Parts.Workloads.Find(key);
        var pause = _paused.GetValueOrDefault(key);
        return new WorkloadMoment(Now, [.. Parts.HpaIndex.On(key).Select(h => h.Name)], workload is null ? 0 : Workloads.Wanted(workload), pause?.Paused, pause?.Replicas,
            workload is null ? null : Api.ManagedFields.WriterOfReplicas(workload.Document));
    }

    private void CatchUp(bool fresh)
    {
        if (fresh)
            _hpas.Restart();
        _garbage.CatchUp();
        Pods.CatchUp();
        Parts.Workloads.CatchUp();
    }

    private void FollowAll(Change change)
    {
        foreach (var one in Operators)
            one.Follow(change);
    }

    private readonly Dictionary<WorkloadKey, PauseAnnotations?> _paused = [];

    private void Follow(Change change)
    {
        _registry.Follow(change);
        var resource = change.Object.Resource;
        if (change.Kind == ChangeKind.Deleted)
            _garbage.Gone(change.Object);
        if (resource == Resources.Hpas)
        {
            if (!change.StatusOnly)
            {
                foreach (var workload in Parts.HpaIndex.Follow(change))
                    History.Touch(workload);
            }

            _hpas.Follow(change);
            FollowAll(change);
        }
        else if (resource == Resources.ScaledObjects)
        {
            if (!change.StatusOnly)
            {
                var view = ScaledObjectView.Of(change.Object);
                _paused[view.Target] = change.Kind == ChangeKind.Deleted ? null : view.Pause;
                History.Touch(view.Target);
            }

            _poller.Follow(change);
            FollowAll(change);
        }
        else if (resource == Resources.Quotas && !change.StatusOnly && change.Kind != ChangeKind.Deleted)
        {
            _agenda.In(TimeSpan.FromMilliseconds(20), () => Parts.Workloads.Quotas.Follow(change.Object));
        }
        else if (resource.HasScale && !change.StatusOnly)
        {
            History.Touch(new WorkloadKey(change.Object.Namespace, resource.Kind, change.Object.Name));
            if (resource == Resources.Deployments)
                Pods.Follow(change);
            if (change.Kind == ChangeKind.Deleted)
                Parts.Workloads.Forget(change.Object);
            else
                _agenda.In(TimeSpan.FromMilliseconds(5), () => Parts.Workloads.Follow(change.Object));
        }
    }
}
