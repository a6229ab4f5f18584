using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Hpa;

/// <summary>Which HPAs point at which workload, kept up with every write.</summary>
public sealed class HpaIndex
{
    private readonly Dictionary<WorkloadKey, SortedDictionary<string, StoredObject>> _byWorkload = [];
    private readonly Dictionary<StoredObject, WorkloadKey> _places = [];

    public IReadOnlyCollection<StoredObject> On(WorkloadKey workload) =>
        _byWorkload.TryGetValue(workload, out var hpas) ? hpas.Values : [];

    /// <summary>Takes one change in; returns the workloads whose set of HPAs changed.</summary>
    public IEnumerable<WorkloadKey> Follow(Change change)
    {
        var hpa = change.Object;
        var known = _places.TryGetValue(hpa, out var before);
        var gone = change.Kind == ChangeKind.Deleted;
        var now = HpaView.Of(hpa).Target;
        if (known && !gone && before == now)
            yield break;
        if (known)
        {
            _byWorkload[before].Remove(hpa.Name);
            _places.Remove(hpa);
            yield return before;
        }

        if (gone)
            yield break;
        if (!_byWorkload.TryGetValue(now, out var hpas))
            _byWorkload[now] = hpas = new SortedDictionary<string, StoredObject>(StringComparer.Ordinal);
        hpas[hpa.Name] = hpa;
        _places[hpa] = now;
        yield return now;
    }
}
