using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Which targets the objects that could not be read are about: by their names, and by what an HPA scales where that can be read.</summary>
internal sealed class UnreadAround(IReadOnlyList<UnreadItem> workloads, IReadOnlyList<UnreadItem> hpas, IReadOnlyList<UnreadItem> events)
{
    private readonly ILookup<(string Kind, string Namespace, string Name), UnreadItem> _workloads =
        workloads.ToLookup(w => (w.Object.Kind, w.Object.Namespace, w.Object.Name));

    private readonly ILookup<WorkloadKey, UnreadItem> _hpasByTarget =
        hpas.Where(h => h.Ref is not null).ToLookup(h => WorkloadKey.Of(h.Object.Namespace, h.Ref!));

    private readonly ILookup<(string Namespace, string Name), UnreadItem> _hpas = hpas.ToLookup(h => (h.Object.Namespace, h.Object.Name));

    private readonly ILookup<string, UnreadItem> _events = events.ToLookup(e => e.Object.Namespace, StringComparer.Ordinal);

    /// <param name="workload">What the ScaledObject scales.</param>
    /// <param name="found">Whether that was read.</param>
    /// <param name="hpaNames">The names that KEDA's HPA and ours have.</param>
    public string? About(WorkloadKey workload, bool found, ReadOnlySpan<string> hpaNames)
    {
        var listed = workload.IsDeployment || workload.IsStatefulSet;
        var item = !listed || found ? null
            : _workloads[(workload.Kind, workload.Namespace, workload.Name)].FirstOrDefault()

                // Without a readable name it may be any that is missing.
                ?? _workloads[(workload.Kind, workload.Namespace, "")].FirstOrDefault() ?? _workloads[(workload.Kind, "", "")].FirstOrDefault();
        item ??= _hpasByTarget[workload].FirstOrDefault();
        foreach (var name in hpaNames)
            item ??= _hpas[(workload.Namespace, name)].FirstOrDefault();
        return item?.Object.ToString();
    }

    /// <summary>True when an event of this HPA could not be read. Events are named for what they are about.</summary>
    public bool EventsOf(string ns, string hpa) =>
        _events[ns].Any(e => e.Ref is { } about ? about.Name == hpa : e.Object.Name.StartsWith(hpa + ".", StringComparison.Ordinal));
}
