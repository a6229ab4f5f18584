using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Policies;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>At start: opens the store, and says aloud what works otherwise than somebody may think.</summary>
public sealed partial class Opening(IStateStore store, LoadedPolicy loaded, ReactorSettings settings, LiveSecrets secrets, ClusterAccess access, ILogger<Opening> log) : IHostedService
{
    // Not on the caller's thread: what is at the store's start works before it waits.
    public Task StartAsync(CancellationToken cancellationToken) => Task.Run(() => OpenAsync(cancellationToken), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        LogCluster(settings.ClusterName, access.Words);
        // Made here at the latest: from now on it hears of every reload.
        if (secrets.Keys.IsEmpty)
            LogInsecure();
        foreach (var warning in loaded.Warnings)
            LogPolicy(warning);
        foreach (var channel in loaded.Policy.UnconfiguredChannels)
            LogUnconfigured(channel);
        if (loaded.Policy.ObserveOnly)
            LogObserveOnly();
        try
        {
            var condition = await store.OpenAsync(cancellationToken);
            LogStore(condition.Words);
            foreach (var weakness in condition.Weaknesses)
                LogWeakness(weakness.Words);
            if (condition.Unreadable > 0)
                LogUnreadable(condition.Unreadable);
        }
        catch (StoreUnavailableException fault) when (fault is not (StoreTooWeakException or StoreContentException { Misfit: not Misfit.Damaged }))
        {
            // Webhooks answer 503 until it can be used; the host itself stays, and /api/health says why.
            LogNoStore(fault.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Cluster {Cluster}: {Access}")]
    private partial void LogCluster(string cluster, string access);

    [LoggerMessage(2, LogLevel.Warning, "Insecure: no keys are asked for")]
    private partial void LogInsecure();

    [LoggerMessage(3, LogLevel.Warning, "Policy: {Warning}")]
    private partial void LogPolicy(string warning);

    [LoggerMessage(4, LogLevel.Warning, "alert_channels names {Channel}, which is not configured here: it gets no pages")]
    private partial void LogUnconfigured(string channel);

    [LoggerMessage(5, LogLevel.Warning, "Observe-only: decisions are made and paged, nothing is written to the cluster")]
    private partial void LogObserveOnly();

    [LoggerMessage(6, LogLevel.Information, "The store: {Store}")]
    private partial void LogStore(string store);

    [LoggerMessage(7, LogLevel.Warning, "The store is weaker than \"202 means kept\": {Weakness}")]
    private partial void LogWeakness(string weakness);

    [LoggerMessage(8, LogLevel.Warning, "{Unreadable} stored signals or pages can't be read by this version; they are kept")]
    private partial void LogUnreadable(long unreadable);

    [LoggerMessage(9, LogLevel.Error, "The store can't be used yet: {Problem}")]
    private partial void LogNoStore(string problem);
}
