using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>How one workload stood from this time on.</summary>
/// <param name="At">From when.</param>
/// <param name="Hpas">The HPAs on it.</param>
/// <param name="Replicas">spec.replicas.</param>
/// <param name="Paused">Its ScaledObject's pause.</param>
/// <param name="PausedReplicas">The count that it is paused at, if any.</param>
/// <param name="SetBy">The field manager that set the replicas; null when its manifest did.</param>
public sealed record WorkloadMoment(DateTimeOffset At, ImmutableArray<string> Hpas, int Replicas, string? Paused, string? PausedReplicas, string? SetBy)
{
    /// <summary>Somebody wants this count and no other, and KEDA holds it without an HPA.</summary>
    public bool HeldAtCount => PausedReplicas is not null;
}

/// <summary>For every workload the times at which its HPAs, its replicas or its ScaledObject's pause changed.</summary>
public sealed class History
{
    private readonly Dictionary<WorkloadKey, List<WorkloadMoment>> _moments = [];
    private readonly HashSet<WorkloadKey> _touched = [];

    /// <summary>Called with every new moment.</summary>
    public Action<WorkloadKey, WorkloadMoment>? Noted { get; set; }

    public IReadOnlyCollection<WorkloadKey> Workloads => _moments.Keys;

    public IReadOnlyList<WorkloadMoment> Of(WorkloadKey workload) => _moments.GetValueOrDefault(workload) ?? [];

    public void Touch(WorkloadKey workload) => _touched.Add(workload);

    /// <summary>Writes down what the last step changed.</summary>
    public void Flush(Func<WorkloadKey, WorkloadMoment> look)
    {
        if (_touched.Count == 0)
            return;
        foreach (var workload in _touched)
        {
            var now = look(workload);
            if (!_moments.TryGetValue(workload, out var moments))
                _moments[workload] = moments = [];
            if (moments.Count > 0 && SameAs(moments[^1], now))
                continue;
            moments.Add(now);
            Noted?.Invoke(workload, now);
        }

        _touched.Clear();
    }

    private static bool SameAs(WorkloadMoment before, WorkloadMoment now) =>
        before.Replicas == now.Replicas && before.Paused == now.Paused && before.PausedReplicas == now.PausedReplicas && before.Hpas.SequenceEqual(now.Hpas);
}
