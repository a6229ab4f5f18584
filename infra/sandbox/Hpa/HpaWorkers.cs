using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Hpa;

/// <summary>A sync that hangs in a call for an external metric.</summary>
public sealed record HpaCall(StoredObject Hpa, long Number);

/// <summary>
/// kube-controller-manager syncs five HPAs at once (--concurrent-horizontal-pod-autoscaler-syncs, default 5). A sync takes no time here unless
/// its metric call hangs: then its worker is held, and with all of them held every other HPA waits, whatever its own metrics are.
/// </summary>
public sealed class HpaWorkers
{
    public const int Count = 5;

    private readonly Queue<StoredObject> _waiting = new();
    private readonly HashSet<StoredObject> _queued = [];
    private readonly Dictionary<StoredObject, HpaCall> _held = [];
    private long _calls;

    /// <summary>The calls that hang now.</summary>
    public IReadOnlyCollection<HpaCall> Held => [.. _held.Values.OrderBy(c => c.Number)];

    private bool Free => _held.Count < Count;

    /// <summary>True when a worker takes it at once; else it waits for its turn.</summary>
    public bool Begin(StoredObject hpa)
    {
        if (Free)
            return true;
        if (_queued.Add(hpa))
            _waiting.Enqueue(hpa);
        return false;
    }

    /// <summary>The next whose turn it is, while a worker is free.</summary>
    public StoredObject? Next()
    {
        if (!Free || !_waiting.TryDequeue(out var next))
            return null;
        _queued.Remove(next);
        return next;
    }

    public HpaCall Hold(StoredObject hpa) => _held[hpa] = new HpaCall(hpa, ++_calls);

    /// <summary>False when that call has returned before.</summary>
    public bool Release(HpaCall call) => _held.GetValueOrDefault(call.Hpa) == call && _held.Remove(call.Hpa);

    /// <summary>A new process holds nothing; these have to be looked at by it.</summary>
    public IReadOnlyList<StoredObject> LetGo()
    {
        StoredObject[] all = [.. _held.Values.OrderBy(c => c.Number).Select(c => c.Hpa), .. _waiting];
        _held.Clear();
        _waiting.Clear();
        _queued.Clear();
        return all;
    }
}
