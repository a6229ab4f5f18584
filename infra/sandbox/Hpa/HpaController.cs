using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Hpa;

/// <summary>
/// kube-controller-manager's HPA loop: every HPA every 15 s, at a phase of its own, while one of its few workers is free. A metric call that
/// hangs holds its worker.
/// </summary>
public sealed partial class HpaController
{
    public static readonly TimeSpan SyncPeriod = TimeSpan.FromSeconds(15);

    /// <summary>
    /// With the operator gone the adapter's calls hang until they time out: about a minute (measured; 60 HPAs of KEDA that were deleted 129 s
    /// after its death still held the workers for 47 to 52 s, which is the rest of a third minute).
    /// </summary>
    public static readonly TimeSpan CallHangs = TimeSpan.FromSeconds(59);

    private const string Component = "horizontal-pod-autoscaler";

    private readonly ObjectStore _store;
    private readonly Agenda _agenda;
    private readonly EventRecorder _events;
    private readonly Workloads _workloads;
    private readonly HpaIndex _index;
    private readonly Func<string, HpaMetric, MetricAnswer> _external;
    private readonly Func<WorkloadKey, Demand> _demand;
    private readonly ulong _seed;
    private readonly Dictionary<StoredObject, Memory> _memories = [];
    private readonly HpaWorkers _workers = new();

    public HpaController(ObjectStore store, Agenda agenda, EventRecorder events, Workloads workloads, HpaIndex index,
        Func<string, HpaMetric, MetricAnswer> external, Func<WorkloadKey, Demand> demand, ulong seed)
    {
        _store = store;
        _agenda = agenda;
        _events = events;
        _workloads = workloads;
        _index = index;
        _external = external;
        _demand = demand;
        _seed = seed;
    }

    /// <summary>The process that it is part of works.</summary>
    public Func<bool> Working { get; init; } = () => true;

    /// <summary>What asking for a resource's use ends with when there is nobody to ask; null when there is.</summary>
    public Func<string, string?> ResourceError { get; init; } = _ => null;

    /// <summary>A new process knows neither earlier recommendations nor which pods an HPA has.</summary>
    public void Restart()
    {
        foreach (var (hpa, memory) in _memories.ToList())
            _memories[hpa] = new Memory { Status = memory.Status };

        // The calls of the old one are gone with it.
        foreach (var hpa in _workers.LetGo())
            _agenda.In(SyncPeriod, () => Tick(hpa));
    }

    public void Follow(Change change)
    {
        if (change.Kind == ChangeKind.Deleted)
        {
            _memories.Remove(change.Object);
        }
        else if (change.Kind == ChangeKind.Added)
        {
            _memories[change.Object] = new Memory();
            var first = SeededRandom.For(_seed, change.Object.Uid).Milliseconds(1000, SyncPeriod.TotalMilliseconds);
            _agenda.In(first, () => Tick(change.Object));
        }
    }

    public HpaCondition? Condition(StoredObject hpa, string type) =>
        _memories.TryGetValue(hpa, out var memory) ? memory.Status.Condition(type) : null;

    /// <summary>An operator is back: the calls that hang for its HPAs return, and the HPAs that waited for a worker have their turn.</summary>
    public void CallsReturn(SeededRandom random, Func<StoredObject, bool> its)
    {
        foreach (var call in _workers.Held.Where(c => its(c.Hpa)))
            _agenda.In(random.Milliseconds(3, 15), () => Return(call, gaveUp: false));
    }

    private void Tick(StoredObject hpa)
    {
        if (!hpa.Gone && _workers.Begin(hpa))
            Sync(hpa, gaveUp: false);
    }

    private void Sync(StoredObject hpa, bool gaveUp)
    {
        var view = HpaView.Of(hpa);
        if (!hpa.Gone && Working() && _memories.TryGetValue(hpa, out var memory))
        {
            var before = memory.Status;
            (memory.Waiting, memory.GaveUp) = (false, gaveUp);
            var after = Reconcile(hpa, view, memory);
            if (memory.Waiting)
            {
                // One metric after the other: each call hangs for itself.
                var call = _workers.Hold(hpa);
                _agenda.In(CallHangs * view.Metrics.Count(m => m.Kind == MetricKind.External), () => Return(call, gaveUp: true));
                return;
            }

            if (!after.SameAs(before))
            {
                memory.Status = after;
                _store.UpdateStatus(hpa, d => d["status"] = after.Document(), Component);
            }
        }

        _agenda.In(SyncPeriod, () => Tick(hpa));
    }

    /// <summary>Also of an HPA that was deleted meanwhile: nobody takes its worker away from it.</summary>
    private void Return(HpaCall call, bool gaveUp)
    {
        if (!_workers.Release(call))
            return;
        Sync(call.Hpa, gaveUp);
        while (_workers.Next() is { } next)
            Sync(next, gaveUp: false);
    }

    private HpaStatus Reconcile(StoredObject hpa, HpaView view, Memory memory)
    {
        var now = _agenda.Now;
        var status = memory.Status;
        if (_workloads.Find(view.Target) is not { } workload)
        {
            var missing = $"the HPA controller was unable to get the target's current scale: {Resources.ScaleTarget(view.Target.Kind)?.Qualified ?? view.Target.Kind.ToLowerInvariant() + "s.apps"} \"{view.Target.Name}\" not found";
            _events.Warning(hpa, Component, "FailedGetScale", missing["the HPA controller was unable to get the target's current scale: ".Length..]);
            return status.With("AbleToScale", status: false, now, "FailedGetScale", missing);
        }

        var current = Workloads.Wanted(workload);
        memory.Behavior.Begin(now, current);
        status = status.With("AbleToScale", status: true, now, "SucceededGetScale", "the HPA controller was able to get the target's current scale");
        int desired;
        string reason;
        if (current == 0 && view.Min != 0)
        {
            status = status.With("ScalingActive", status: false, now, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero");
            return status with { CurrentReplicas = current, DesiredReplicas = 0 };
        }
        else if (current > view.Max)
        {
            (desired, reason) = (view.Max, "Current number of replicas above Spec.MaxReplicas");
        }
        else if (current < view.Min)
        {
            // Before any look at other HPAs on the workload: that is how two HPAs come to fight (measured).
            (desired, reason) = (view.Min, "Current number of replicas below Spec.MinReplicas");
        }
        else
        {
            var (computed, wanted, why) = Compute(hpa, view, workload, current, status, memory);
            status = computed;
            if (wanted is null)
                return status with { CurrentReplicas = current, Metrics = [] };
            reason = wanted > current ? $"{why} above target" : "All metrics below target";
            (status, desired) = Normalize(view, status, memory.Behavior, current, wanted.Value);
        }

        if (desired == current)
            return status with { CurrentReplicas = current, DesiredReplicas = desired };
        _workloads.Scale(workload, desired, Component);
        memory.Behavior.Scaled(now, desired - current);
        _events.Normal(hpa, Component, "SuccessfulRescale", $"New size: {desired}; reason: {reason}");
        status = status.With("AbleToScale", status: true, now, "SucceededRescale", $"the HPA controller was able to update the target scale to {desired}");
        return status with { CurrentReplicas = current, DesiredReplicas = desired, LastScaleTime = now };
    }

    private (HpaStatus Status, int Desired) Normalize(HpaView view, HpaStatus status, HpaBehavior behavior, int current, int wanted)
    {
        var now = _agenda.Now;
        var stable = behavior.Stabilize(view, now, current, wanted);
        status = stable == wanted
            ? status.With("AbleToScale", status: true, now, "ReadyForNewScale", "recommended size matches current size")
            : stable > wanted
                ? status.With("AbleToScale", status: true, now, "ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation")
                : status.With("AbleToScale", status: true, now, "ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation");
        var (desired, limited, reason, message) = behavior.Limit(view, now, current, stable);
        return (status.With("ScalingLimited", limited, now, reason, message), desired);
    }

    private sealed class Memory
    {
        public HpaStatus Status { get; set; } = HpaStatus.Empty;
        public HpaBehavior Behavior { get; } = new();
        public bool Waiting { get; set; }

        /// <summary>This sync's call has hung until it timed out.</summary>
        public bool GaveUp { get; set; }
        public bool SelectorKnown { get; set; }
    }
}
