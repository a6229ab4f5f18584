namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>
/// The nodes and their scheduler: so many pods in the whole cluster find a place, the rest wait. What has a place keeps it. The scheduler
/// tries again when a place comes free, and every five minutes.
/// </summary>
public sealed class Nodes
{
    private const string Component = "default-scheduler";
    private const string NoRoom = "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.";
    private static readonly TimeSpan TriesAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TriesAnyway = TimeSpan.FromMinutes(5);

    private readonly Agenda _agenda;
    private readonly EventRecorder _events;
    private readonly List<WorkloadPods> _waiting = [];
    private int? _room;
    private int _taken;
    private bool _watching;

    public Nodes(Agenda agenda, EventRecorder events) => (_agenda, _events) = (agenda, events);

    /// <summary>Looks at a workload again, because it may find its place now.</summary>
    public required Action<WorkloadPods> Again { get; init; }

    /// <summary>Pods that can have a place; null: all.</summary>
    public int? Room
    {
        get => _room;
        set
        {
            _room = value;
            Freed();
        }
    }

    public int Free => _room is { } room ? Math.Max(0, room - _taken) : int.MaxValue;

    /// <summary>Gives places to the pods that are made, as far as there are any, and says of the others that there are none.</summary>
    public void Place(WorkloadPods pods)
    {
        var placed = Math.Min(pods.Made - pods.Placed, Free);
        pods.Placed += placed;
        _taken += placed;
        if (pods.Made == pods.Placed)
        {
            _waiting.Remove(pods);
            pods.Told = 0;
            return;
        }

        if (!_waiting.Contains(pods))
            _waiting.Add(pods);
        for (var place = Math.Max(pods.Placed, pods.Told); place < pods.Made; place++)
            Say(pods, place);
        pods.Told = pods.Made;
        if (_watching)
            return;
        _watching = true;
        _agenda.In(TriesAnyway, Remind);
    }

    /// <summary>Pods that went; those without a place go first, as ReplicaSets choose.</summary>
    public void Leave(WorkloadPods pods, int left)
    {
        pods.Told = Math.Min(pods.Told, left);
        if (pods.Placed <= left)
            return;
        _taken -= pods.Placed - left;
        pods.Placed = left;
        Freed();
    }

    public void Forget(WorkloadPods pods)
    {
        _waiting.Remove(pods);
        Leave(pods, 0);
    }

    private void Freed()
    {
        if (_waiting.Count > 0)
            _agenda.In(TriesAgain, () => _waiting.ToList().ForEach(Again));
    }

    private void Remind()
    {
        _watching = _waiting.Count > 0;
        foreach (var pods in _waiting)
        {
            for (var place = pods.Placed; place < pods.Made; place++)
                Say(pods, place);
        }

        if (_watching)
            _agenda.In(TriesAnyway, Remind);
    }

    private void Say(WorkloadPods pods, int place) =>
        _events.Series(Involved.Pod(pods.Workload, PodNames.At(pods.Workload, place)), Component, "FailedScheduling", "Scheduling", NoRoom);
}
