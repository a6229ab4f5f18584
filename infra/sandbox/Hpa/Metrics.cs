using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Hpa;

/// <summary>What came back when the HPA asked for one metric: a value, an error in words, or (still) no answer at all.</summary>
public readonly record struct MetricAnswer(long Milli, string? Error, bool Hangs)
{
    public static MetricAnswer Value(long milli) => new(milli, null, Hangs: false);

    public static MetricAnswer Failed(string error) => new(0, error, Hangs: false);

    public static MetricAnswer NoAnswer { get; } = new(0, null, Hangs: true);
}

/// <summary>The pods' CPU, which follows demand per replica; needs a CPU request on every container.</summary>
public static class CpuUsage
{
    /// <summary>At this share of its request a replica is just busy enough: what the fallback HPA aims at.</summary>
    private const double BusyPercent = 60;

    /// <summary>A mesh's proxy is idle beside its app, and so waters the pod's percentage down.</summary>
    private const double ProxyPercent = 5;

    public static (int Percent, long AverageMilli)? Read(StoredObject workload, IReadOnlyList<Container> containers, Demand demand, DateTimeOffset now, string? container, out string error)
    {
        var running = Workloads.Running(workload);
        var busy = running == 0 ? 0 : BusyPercent * demand.At(now) / running;
        var (requests, used) = (0L, 0.0);
        foreach (var one in containers.Where(c => container is null || c.Name == container))
        {
            if (one.CpuMilli is not { } request)
            {
                error = $"missing request for cpu in container {one.Name} of Pod {PodNames.At(workload, 0)}";
                return null;
            }

            requests += request;
            used += request * (one.Injected ? ProxyPercent : busy) / 100;
        }

        if (requests == 0 || running == 0)
        {
            error = requests == 0 ? $"container {container} not present in metrics for pod" : "no metrics returned from resource metrics API";
            return null;
        }

        error = "";
        var percent = (int)Math.Round(100 * used / requests);
        return (percent, requests * percent / 100);
    }
}
