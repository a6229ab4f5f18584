using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <summary>
/// The cluster as views show it: the loop's last look while it is fresh, else a look of our own (another instance may be the
/// runner), else the old one with its age. Null when this process has never seen the cluster.
/// </summary>
public sealed class Sight(LoopAccess loop, Policy policy, TimeProvider time, ILogger<Sight> log)
{
    public async Task<Observation?> LookAsync(CancellationToken cancel)
    {
        var last = loop.LastObservation();
        if (last is not null && time.GetUtcNow() - last.At <= policy.LongestGap) return last;
        var look = await loop.Observe(cancel);
        if (look.Observation is { } seen) return seen;
        log.LogWarning("The cluster can't be seen for a view: {Problem}", look.Problem);
        return last;
    }
}
