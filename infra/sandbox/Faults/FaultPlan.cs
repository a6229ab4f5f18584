using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Api.Fairness;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Faults;

/// <summary>What is to go wrong, settable at any time.</summary>
public sealed class FaultPlan
{
    private static readonly TimeSpan RenewDeadline = TimeSpan.FromSeconds(10);
    private readonly SandboxCluster _cluster;
    private DateTimeOffset _writesFailSince;
    private readonly SeededRandom _random;
    private readonly List<ApiFault> _api = [];
    private readonly Dictionary<ObjectKey, string> _calm = [];

    public FaultPlan(SandboxCluster cluster, SeededRandom random)
    {
        _cluster = cluster;
        _random = random;
        Lists = new StaleLists(cluster.Store, cluster.Parts.Agenda);
    }

    public StaleLists Lists { get; }

    public IReadOnlyList<ApiFault> Api => _api;

    /// <summary>Every write is answered 500, reads work.</summary>
    public bool WritesFail { get; private set; }

    /// <summary>The priority level that others have filled: its requests are turned away with 429. Null: none.</summary>
    public string? Storm { get; private set; }

    public void SetStorm(string? level)
    {
        var levels = _cluster.Store.All(Resources.PriorityLevels).Select(l => l.Name).Where(l => l != BuiltIn.Exempt).ToList();
        if (level is not null && !levels.Contains(level))
            throw new ArgumentException($"storm is {level}; expected a priority level that can be full: {string.Join(", ", levels)}.", nameof(level));
        Storm = level;
    }

    /// <param name="state">What it is to be.</param>
    /// <param name="name">Which of several: its Deployment's name, or "namespace/name". Null: the first.</param>
    public void SetOperator(OperatorState state, string? name = null)
    {
        var one = name is null ? _cluster.Operator : _cluster.Operators.FirstOrDefault(o => o.Spec.Name == name || $"{o.Spec.Namespace}/{o.Spec.Name}" == name)
            ?? throw new ArgumentException($"There is no operator {name} in the sandbox; there are {string.Join(", ", _cluster.Operators.Select(o => o.Spec.Name))}.", nameof(name));
        if (state == one.State)
            return;
        if (_cluster.Pods.Gone(one.Spec.Name, one.Spec.Namespace))
            throw new ArgumentException("The operator's Deployment is scaled to 0 or gone: scale it up first.", nameof(state));
        if (state == OperatorState.Alive && !one.Runs)
            throw new ArgumentException($"{one.Spec.Name} can't run: KEDA {_cluster.Options.KedaVersion} does not know --leader-election-id.", nameof(state));
        if (state == OperatorState.Alive)
            one.Start();
        else
            one.Stop(state);
        _cluster.Keda.SetPods(one.Spec.Name, state != OperatorState.Dead, one.Spec.Namespace);
        _cluster.EndStep();
    }

    public void SetControllerManager(bool alive)
    {
        if (alive)
            _cluster.ControllerManager.Revive();
        else
            _cluster.ControllerManager.Die();
        _cluster.EndStep();
    }

    /// <summary>
    /// While writes fail nobody's come through: not KEDA's and not the controller manager's, so that both leases stand still although
    /// both live. Whoever could not renew for ten seconds ends itself, and its next process begins anew when writes work again.
    /// </summary>
    public void SetWrites(bool work)
    {
        if (work == !WritesFail)
            return;
        WritesFail = !work;
        if (work)
        {
            var lost = _cluster.Now - _writesFailSince >= RenewDeadline;
            _cluster.ControllerManager.Unstall(lost);
            foreach (var one in _cluster.Operators)
                one.Resume(lost);
        }
        else
        {
            _writesFailSince = _cluster.Now;
            _cluster.ControllerManager.Stall();
            foreach (var one in _cluster.Operators)
                one.Suspend();
        }

        _cluster.EndStep();
    }

    public void SetMetricsServer(bool up)
    {
        if (up == !_cluster.Sources.MetricsServerDown)
            return;
        _cluster.Sources.MetricsServerDown = !up;
        _cluster.Keda.SetMetricsServer(up);
        _cluster.EndStep();
    }

    /// <summary>
    /// "namespace/name": somebody else's adapter comes with a Service of this name and an APIService of KEDA's, as its installation applies it
    /// (kedacore/keda#6475); null: it leads to KEDA's metrics server again.
    /// </summary>
    public void SetMetricsService(string? service)
    {
        var (ns, name) = (service ?? $"{KedaInstallation.Namespace}/{KedaInstallation.MetricsServer}").Split('/') is [{ Length: > 0 } space, { Length: > 0 } own] ? (space, own)
            : throw new ArgumentException($"metricsService is \"{service}\"; expected \"namespace/name\" or null.", nameof(service));
        if (_cluster.Store.Find(Resources.Namespaces, "", ns) is null)
            _cluster.Store.Create(Resources.Namespaces, Seed.SeedDocuments.Namespace(ns), "helm", _random.Uid());
        if (_cluster.Store.Find(Resources.Services, ns, name) is null)
            _cluster.Store.Create(Resources.Services, Seed.SeedRegistry.Service(ns, name, port: 443, target: 8443), "helm", _random.Uid());
        if (_cluster.Store.Find(Resources.ApiServices, "", KedaInstallation.ApiServiceName) is not { } found)
            throw new ArgumentException($"There is no APIService {KedaInstallation.ApiServiceName} in the sandbox.", nameof(service));
        var document = found.Document.Copy();
        document["spec"]!["service"] = new System.Text.Json.Nodes.JsonObject { ["namespace"] = ns, ["name"] = name, ["port"] = 443 };
        var by = service is null ? "helm" : $"{ns}-operator";
        ManagedFields.Record(Resources.ApiServices, found.Document, document, by, _cluster.Now);
        _cluster.Store.Replace(found, document, by);
        _cluster.EndStep();
    }

    /// <summary>metrics.k8s.io, not KEDA's: without it CPU HPAs hold.</summary>
    public void SetMetricsApi(MetricsApi state)
    {
        _cluster.ResourceMetrics.Set(state);
        _cluster.EndStep();
    }

    public void SetWebhook(bool running)
    {
        _cluster.Webhook.Running = running;
        _cluster.Keda.SetPods(KedaInstallation.Webhooks, running);
        _cluster.EndStep();
    }

    /// <summary>So many pods of the whole cluster find a place on its nodes; null: all. Nobody loses a place that he has.</summary>
    public void SetRoom(int? pods)
    {
        if (pods < 0)
            throw new ArgumentException($"room is {pods}; expected 0 or more pods.", nameof(pods));
        _cluster.Parts.Workloads.Nodes.Room = pods;
        _cluster.EndStep();
    }

    public void SetTriggerSource(string ns, string name, TriggerFailure how) => _cluster.Sources.Fail(new ObjectKey(ns, name), how);

    /// <summary>The queries of its Prometheus triggers are answered 200 and without a series.</summary>
    public void SetAnswersNothing(string ns, string name, bool on) => _cluster.Sources.AnswerNothing(new ObjectKey(ns, name), on);

    /// <summary>A fixed demand in replicas; null lets it swing again.</summary>
    public void SetDemand(string ns, string name, double? replicas) => DemandOf(ns, name).Fixed = replicas;

    /// <summary>
    /// A queue that fills and empties at every HPA sync, with a ScaledObject whose scale-down is not stabilised: one rescale a sync,
    /// four a minute (measured). Only KEDA's HPA reads that queue, so it stops as soon as another HPA drives the workload.
    /// </summary>
    public void SetOscillating(string ns, string name, bool oscillating)
    {
        var demand = DemandOf(ns, name);
        if (demand.Oscillating == oscillating)
            return;
        demand.Oscillating = oscillating;
        demand.High = false;
        var scaledObject = Find(ns, name);
        var key = scaledObject.Key;
        if (oscillating)
            _calm[key] = Json.Line(scaledObject.Spec.Object("advanced"));
        _cluster.Store.Update(scaledObject, d =>
        {
            var spec = (System.Text.Json.Nodes.JsonObject)d["spec"]!;
            if (oscillating)
                spec.Ensure("advanced").Ensure("horizontalPodAutoscalerConfig")["behavior"] =
                    System.Text.Json.Nodes.JsonNode.Parse("""{"scaleDown":{"stabilizationWindowSeconds":0}}""");
            else if (_calm.Remove(key, out var before) && before != "null")
                spec["advanced"] = System.Text.Json.Nodes.JsonNode.Parse(before);
            else
                spec.Remove("advanced");
        }, "kubectl-edit");
        _cluster.EndStep();
    }

    /// <summary>Lists are answered from a picture so old; null: they are current.</summary>
    public void SetStaleList(TimeSpan? age)
    {
        if (age < TimeSpan.Zero)
            throw new ArgumentException($"staleList is {age}; expected 0 or more seconds.", nameof(age));
        Lists.Set(age);
    }

    public void Add(ApiFault fault) => _api.Add(fault);

    public void ClearApi() => _api.Clear();

    /// <summary>The first fault that strikes this request, counted off.</summary>
    public ApiFault? Strike(ApiRequest request)
    {
        foreach (var fault in _api)
        {
            if (!fault.When(request) || (fault.Probability < 1 && !_random.Chance(fault.Probability)))
                continue;
            if (fault.Left is { } left)
            {
                if (left <= 0)
                    continue;
                fault.Left = left - 1;
            }

            return fault;
        }

        return null;
    }

    private Demand DemandOf(string ns, string name)
    {
        var view = ScaledObjectView.Of(Find(ns, name));
        return _cluster.Parts.Demand(view.Target, view.Min, view.Max);
    }

    private StoredObject Find(string ns, string name) => _cluster.Store.Find(Resources.ScaledObjects, ns, name)
        ?? throw new ArgumentException($"There is no ScaledObject {ns}/{name} in the sandbox.", nameof(name));
}
