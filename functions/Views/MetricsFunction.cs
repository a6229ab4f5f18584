using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <summary>Metrics for Prometheus. A part that can't be known now is left out; the page itself always comes.</summary>
public sealed class MetricsFunction(Door door, Sight sight, LoopAccess loop, IStateStore store, AuditKeeper audit, Policy policy, Counters counters, Watchdog watchdog, LastResort last, TimeProvider time)
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
        try
        {
            var panel = (await store.LoadAsync(cancel)).Panel;
            ImmutableArray<BreakerView>? breakers = await sight.LookAsync(cancel) is { } look ? Breakers.All(panel, look.Seen, policy) : null;
            var unheard = Silence.Of(await store.PagesAsync(new PageQuery { Limit = 1_000 }, cancel), policy.AlertChannels, panel, time.GetUtcNow());
            return input with { Unheard = unheard.Length, Panel = panel, Pages = EveryChannel(await store.CountPagesAsync(cancel)), Breakers = breakers, Audit = await audit.ConditionAsync(cancel) };
        }
        catch (StoreUnavailableException)
        {
            return input with { Unheard = last.Latest.Length }; // the rest is not known: reactor_store_up says it
        }
    }

    /// <summary>A channel without pages is told too: of a number that was never 0 nobody can tell when it rose.</summary>
    private ImmutableArray<OutboxCount> EveryChannel(ImmutableArray<OutboxCount> counts) =>
        [.. counts, .. policy.AlertChannels.Except(counts.Select(count => count.Channel)).Select(channel => new OutboxCount(channel, 0, 0, null))];
}
