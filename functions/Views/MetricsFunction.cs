using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Health;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <summary>Metrics for Prometheus. A part that can't be known now is left out; the page itself always comes.</summary>
public sealed class MetricsFunction(Door door, Sight sight, LoopAccess loop, StoreStatus status, Policy policy, Counters counters, Watchdog watchdog, TimeProvider time)
{
    [Function("Metrics")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "metrics")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop,
            async (_, cancel) => Results.Text(ReactorMetrics.Write(await GatherAsync(cancel)), PrometheusText.ContentType));

    private async Task<MetricsInput> GatherAsync(CancellationToken cancel)
    {
        var input = new MetricsInput
        {
            Cluster = policy.Cluster,
            Counters = counters,
            LastRun = loop.LastRun(),
            Preflight = await loop.Preflight(cancel),
            WatchdogHeardAt = watchdog.LastHeard,
            Channels = policy.AlertChannels,
            UnconfiguredChannels = policy.UnconfiguredChannels,
        };
        var facts = await status.GatherAsync(condition: false, cancel);
        input = input with { Unheard = facts.Unheard.Length };
        if (facts.Panel is not { } panel) return input; // the rest is not known: reactor_store_up says it
        return input with
        {
            Panel = panel,
            Pages = EveryChannel(facts.Pages),
            UndecidedFor = facts.UndecidedSince is { } since ? time.GetUtcNow() - since : TimeSpan.Zero,
            Breakers = await sight.LookAsync(cancel) is { } look ? Breakers.All(panel, look.Seen, policy) : null,
            Audit = facts.Audit,
        };
    }

    /// <summary>A channel without pages is told too: of a number that was never 0 nobody can tell when it rose.</summary>
    private ImmutableArray<OutboxCount> EveryChannel(ImmutableArray<OutboxCount> counts) =>
        [.. counts, .. policy.AlertChannels.Except(counts.Select(count => count.Channel)).Select(channel => new OutboxCount(channel, 0, 0, null))];
}
