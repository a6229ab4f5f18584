using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Policies;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>At start: opens the store, and says aloud what works otherwise than somebody may think.</summary>
public sealed class Opening(IStateStore store, LoadedPolicy loaded, ReactorSettings settings, LiveSecrets secrets, ClusterAccess access, ILogger<Opening> log) : IHostedService
{
    // Not on the caller's thread: what is at the store's start works before it waits.
    public Task StartAsync(CancellationToken cancellationToken) => Task.Run(() => OpenAsync(cancellationToken), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        log.LogInformation("Cluster {Cluster}: {Access}", settings.ClusterName, access.Words);
        // Made here at the latest: from now on it hears of every reload.
        if (secrets.Keys.IsEmpty)
            log.LogWarning("Insecure: no keys are asked for");
        foreach (var warning in loaded.Warnings)
            log.LogWarning("Policy: {Warning}", warning);
        foreach (var channel in loaded.Policy.AlertChannels.Where(c => !settings.Pages.Configured(c)))
            log.LogWarning("alert_channels lists {Channel}, which is not configured here: its pages are kept as undeliverable and counted in /api/health", channel);
        if (loaded.Policy.ObserveOnly)
            log.LogWarning("Observe-only: decisions are made and paged, nothing is written to the cluster");
        try
        {
            var condition = await store.OpenAsync(cancellationToken);
            log.LogInformation("The store: {Store}", condition.Words);
            foreach (var weakness in condition.Weaknesses)
                log.LogWarning("The store is weaker than \"202 means kept\": {Weakness}", weakness.Words);
            if (condition.Unreadable > 0)
                log.LogWarning("{Unreadable} stored signals or pages can't be read by this version; they are kept", condition.Unreadable);
        }
        catch (StoreUnavailableException fault) when (fault is not StoreTooWeakException)
        {
            // Webhooks answer 503 until it can be used; the host itself stays, and /api/health says why.
            log.LogError("The store can't be used yet: {Problem}", fault.Message);
        }
    }
}
