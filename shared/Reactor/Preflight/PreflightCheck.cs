using System.Collections.Immutable;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Health;

namespace Sophia.Keda.Reactor.Preflight;

/// <summary>Looks once at what the reactor needs of the cluster. It changes nothing there, and what the API server does is a value.</summary>
internal sealed class PreflightCheck(ApiClient api, ClusterSettings settings, bool observeOnly, TimeProvider time, KubernetesRelease release)
{
    /// <summary>What has not answered by then could not be checked.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public async Task<PreflightReport> CheckAsync(CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        using var deadline = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        var served = new Served(api, release).AskAsync(either.Token);

        // Which leases it must be allowed to read, KEDA's Deployments say.
        var keda = await new KedaParts(api, settings).AskAsync(either.Token);
        var rights = await new AccessReviews(api, observeOnly).AskAsync([.. Permissions.In(settings.Namespaces, keda.Leases)], either.Token);
        (ImmutableArray<Finding> Findings, string Words)[] parts = [rights, (keda.Findings, keda.Words), await served];
        return new PreflightReport
        {
            At = at,
            Findings = [.. parts.SelectMany(p => p.Findings).OrderByDescending(f => f.Status)],
            Words = string.Join(", ", parts.Select(p => p.Words).Where(w => w.Length > 0)),
        };
    }
}
