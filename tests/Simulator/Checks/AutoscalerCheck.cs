using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Simulator.Checks;

/// <summary>
/// Invariants 1, 2 and 4, from the complete history of the cluster: no workload without an autoscaler or with two for longer than a handover
/// takes while somebody could act, and none below what it had. At the end one live autoscaler each, KEDA's, and no mark left.
/// </summary>
internal sealed class AutoscalerCheck(World world) : ICheck
{
    /// <summary>A lease and two HPA syncs, and once more for a process that died in the middle.</summary>
    private static readonly TimeSpan Handover = TimeSpan.FromSeconds(120);

    private readonly Dictionary<WorkloadKey, int> _read = [];
    private readonly Dictionary<WorkloadKey, Since> _now = [];

    public void Look()
    {
        foreach (var target in world.Cluster.Snapshot().Targets)
        {
            var id = new TargetId(target.Namespace, target.Name);
            var moments = world.Cluster.History.Of(target.Workload);
            var since = _now.GetValueOrDefault(target.Workload) ?? new Since(null, null);
            for (var i = _read.GetValueOrDefault(target.Workload); i < moments.Count; i++)
                since = Follow(id, since, moments[i].Hpas.Length, moments[i].At);
            _read[target.Workload] = moments.Count;
            _now[target.Workload] = since;
            if (since.None is { } none)
                Judge(id, none, world.Time.Now, 1, "no autoscaler");
            if (since.Two is { } two)
                Judge(id, two, world.Time.Now, 2, "two HPAs");
        }
    }

    public void AtRest()
    {
        foreach (var target in world.Cluster.Snapshot().Targets)
        {
            var name = $"{target.Namespace}/{target.Name}";
            if (target.Hpas is not [var only])
                world.Broken(1, $"{name} ends with {target.Hpas.Length} HPAs: {string.Join(", ", target.Hpas.Select(h => h.Name))}");
            else if (only is { ScalingActive: false, Reason: not "ScalingDisabled" })
                world.Broken(1, $"{name} ends with {only.Name}, which does not scale: {only.Reason}");
            else if (!only.HasKedaLabel)
                world.Broken(1, $"{name} ends on {only.Name} and not with KEDA");
            if (target.Annotations.Keys.FirstOrDefault(key => key.StartsWith(Annotations.Prefix, StringComparison.Ordinal)) is { } mark)
                world.Broken(3, $"{name} ends with the mark {mark}");
            if (target.Paused is not null)
                world.Broken(3, $"{name} ends paused");
        }
    }

    private Since Follow(TargetId id, Since since, int hpas, DateTimeOffset at)
    {
        if (hpas > 0 && since.None is { } none)
            Judge(id, none, at, 1, "no autoscaler");
        if (hpas < 2 && since.Two is { } two)
            Judge(id, two, at, 2, "two HPAs");
        return new Since(hpas == 0 ? since.None ?? at : null, hpas > 1 ? since.Two ?? at : null);
    }

    private void Judge(TargetId id, DateTimeOffset from, DateTimeOffset to, int invariant, string what)
    {
        if (world.Truth.Calm(from, to) > Handover && !world.Truth.HandsIn(id, from, to))
            world.Broken(invariant, $"{id} had {what} from {from:HH:mm:ss} on, for more than {Handover.TotalSeconds:0} calm seconds");
    }

    private sealed record Since(DateTimeOffset? None, DateTimeOffset? Two);
}
