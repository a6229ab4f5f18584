using Sophia.Keda.Reactor.Sandbox.Hpa;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>What every controller of the cluster works on.</summary>
public sealed record ClusterParts(
    ObjectStore Store,
    Agenda Agenda,
    EventRecorder Events,
    Workloads Workloads,
    HpaIndex HpaIndex,
    ulong Seed)
{
    private readonly Dictionary<WorkloadKey, Demand> _demands = [];
    private readonly DateTimeOffset _start = Agenda.Now;

    /// <summary>A workload's demand; its place between 1 and 10 replicas unless the seed said otherwise before.</summary>
    public Demand Demand(WorkloadKey workload) => Demand(workload, 1, 10);

    public Demand Demand(WorkloadKey workload, int min, int max)
    {
        if (!_demands.TryGetValue(workload, out var demand))
            _demands[workload] = demand = new Demand(_start, SeededRandom.For(Seed, "demand/" + workload), min, max);
        return demand;
    }
}
