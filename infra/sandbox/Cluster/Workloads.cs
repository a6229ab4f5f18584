using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>What an HPA or a ScaledObject points at.</summary>
public readonly record struct WorkloadKey(string Namespace, string Kind, string Name)
{
    public override string ToString() => $"{Namespace}/{Kind}/{Name}";
}

/// <summary>Deployments, StatefulSets and their like: scaling them and letting their pods come up.</summary>
public sealed class Workloads
{
    private const string Controller = "deployment-controller";
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(1000);

    private readonly ObjectStore _store;
    private readonly Agenda _agenda;
    private readonly EventRecorder _events;
    private readonly SeededRandom _random;
    private readonly Dictionary<StoredObject, WorkloadPods> _pods = [];

    public Workloads(ObjectStore store, Agenda agenda, EventRecorder events, SeededRandom random)
    {
        _store = store;
        _agenda = agenda;
        _events = events;
        _random = random;
        Quotas = new Quotas(store);
        Nodes = new Nodes(agenda, events) { Again = Bring };
    }

    public Quotas Quotas { get; }

    /// <summary>The process that follows them works.</summary>
    public Func<bool> Working { get; set; } = () => true;

    public Nodes Nodes { get; }

    public StoredObject? Find(WorkloadKey key) =>
        Resources.ScaleTarget(key.Kind) is { } resource ? _store.Find(resource, key.Namespace, key.Name) : null;

    public static int Wanted(StoredObject workload) => workload.Spec.Whole("replicas") ?? 1;

    public static int Running(StoredObject workload) => workload.Status.Whole("replicas") ?? 0;

    public static int Available(StoredObject workload) => workload.Status.Whole("availableReplicas") ?? 0;

    public static string Selector(StoredObject workload) =>
        string.Join(',', (workload.Spec.Object("selector").Object("matchLabels") ?? []).Select(l => $"{l.Key}={l.Value}"));

    public void Scale(StoredObject workload, int replicas, string by)
    {
        if (Wanted(workload) == replicas)
            return;
        _store.Update(workload, d =>
        {
            d.Ensure("spec")["replicas"] = replicas;
            Api.ManagedFields.RecordReplicas(workload.Resource, d, ManagerOf(by), _agenda.Now);
        }, by);
    }

    // The HPA controller and KEDA's operator scale through /scale too.
    private static string ManagerOf(string component) => component switch
    {
        "horizontal-pod-autoscaler" => "kube-controller-manager",
        "keda-operator" => "keda",
        _ => component,
    };

    /// <summary>Follows spec.replicas: fewer pods at once, more after they have started.</summary>
    public void Follow(StoredObject workload)
    {
        if (workload.Gone || !Working())
            return;
        var wanted = Wanted(workload);
        var pods = Of(workload);
        if (wanted == pods.Asked && WorkloadStatus.Observed(workload) == workload.Metadata.Whole("generation"))
            return;
        if (wanted != pods.Asked && workload.Resource == Resources.Deployments && workload.Status is { Count: > 0 })
            _events.Normal(workload, Controller, "ScalingReplicaSet",
                $"Scaled {(wanted > pods.Asked ? "up" : "down")} replica set {PodNames.ReplicaSet(workload)} from {pods.Asked} to {wanted}");
        pods.Asked = wanted;
        pods.Attempts = 0;
        pods.Broken &= wanted > 0;
        Bring(pods);
    }

    /// <summary>Everything that changed while nobody looked.</summary>
    public void CatchUp()
    {
        foreach (var workload in Resources.Stored.Where(r => r.HasScale).SelectMany(_store.All).ToList())
        {
            Follow(workload);
            Bring(Of(workload));
        }
    }

    /// <summary>Its pods went with it.</summary>
    public void Forget(StoredObject workload)
    {
        if (!_pods.Remove(workload, out var pods))
            return;
        pods.Turn++;
        Quotas.GiveBack(workload.Namespace, pods.Made);
        Nodes.Forget(pods);
    }

    /// <summary>Pods that stand there without running, or run again.</summary>
    public void Break(StoredObject workload, bool broken)
    {
        var pods = Of(workload);
        pods.Broken = broken;
        Write(pods, pods.Able);
    }

    private WorkloadPods Of(StoredObject workload)
    {
        if (!_pods.TryGetValue(workload, out var pods))
            _pods[workload] = pods = new WorkloadPods(workload);
        return pods;
    }

    private void Bring(WorkloadPods pods)
    {
        if (!Working())
            return;
        pods.Turn++;
        if (pods.Made > pods.Asked)
        {
            Quotas.GiveBack(pods.Workload.Namespace, pods.Made - pods.Asked);
            pods.Made = pods.Asked;
            Nodes.Leave(pods, pods.Made);
        }

        Make(pods);
        Nodes.Place(pods);
        Write(pods, Math.Min(Available(pods.Workload), pods.Able));
        if (Available(pods.Workload) < pods.Able)
            _agenda.In(_random.Milliseconds(600, 1800), () => Ready(pods));
    }

    private void Make(WorkloadPods pods)
    {
        var more = pods.Asked - pods.Made;
        if (pods.OneByOne && Nodes.Free != int.MaxValue)
            more = Math.Clamp(Nodes.Free + 1 - (pods.Made - pods.Placed), 0, more);
        var (granted, refusal) = more == 0 ? (0, null) : Quotas.Take(pods.Workload.Namespace, more);
        pods.Made += granted;
        if (refusal is null)
        {
            pods.Refusal = null;
            pods.Attempts = 0;
            return;
        }

        var name = PodNames.Attempt(pods.Workload, pods.Made, ++pods.Attempts);
        var said = $"pods \"{name}\" is forbidden: {refusal}";
        if (pods.Refusal is null)
            (pods.Refusal, pods.RefusedSince) = (said, _agenda.Now);
        if (pods.Workload.Resource == Resources.StatefulSets)
            _events.Warning(pods.Workload, "statefulset-controller", "FailedCreate", $"create Pod {name} in StatefulSet {pods.Workload.Name} failed error: {said}");
        else
            _events.Warning(Involved.ReplicaSet(pods.Workload, PodNames.ReplicaSet(pods.Workload)), "replicaset-controller", "FailedCreate", $"Error creating: {said}");

        // Nobody tells these controllers that a quota has grown: they try again, each time after twice the wait.
        var turn = pods.Turn;
        var wait = FirstRetry * Math.Pow(2, Math.Min(pods.Attempts - 1, 20));
        _agenda.In(wait < LongestRetry ? wait : LongestRetry, () =>
        {
            if (turn == pods.Turn)
                Bring(pods);
        });
    }

    private void Ready(WorkloadPods pods)
    {
        if (!pods.Workload.Gone && Available(pods.Workload) < pods.Able)
            Write(pods, pods.Able);
    }

    private void Write(WorkloadPods pods, int available)
    {
        var status = WorkloadStatus.Of(pods, available, _agenda.Now);
        if (Working() && !Json.Same(pods.Workload.Status, status))
            _store.UpdateStatus(pods.Workload, d => d["status"] = status, Controller);
    }
}
