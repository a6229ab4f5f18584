using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Audit.EventGrid;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Kpis;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>How what is made of the audit trail is put together.</summary>
public static class AuditWiring
{
    /// <summary>Two periods are asked for one after the other, within the time that a request may take.</summary>
    private static readonly TimeSpan LongestQuestion = TimeSpan.FromSeconds(1.8);

    public static AuditKeeper Keeper(IServiceProvider made, ReactorSettings settings, string cluster)
    {
        var (trail, time) = (made.GetRequiredService<IAuditTrail>(), made.GetRequiredService<TimeProvider>());
        return new AuditKeeper(
            trail,
            new AuditRetention(trail, settings.Store.Limits.AuditRetention, time),
            made.GetRequiredService<DoorRefusals>(),
            settings.Audit.EventGrid is { } topic ? Feed(made, trail, topic, cluster, time) : null,
            time,
            made.GetRequiredService<ILogger<AuditKeeper>>());
    }

    public static KpiBoard Kpis(IServiceProvider made, KpiSettings settings)
    {
        var prometheus = settings.Prometheus is { } url
            ? new PrometheusReader(Http(made), url, made.GetRequiredService<LiveSecrets>().PrometheusToken, LongestQuestion)
            : null;
        return new KpiBoard(made.GetRequiredService<IAuditTrail>(), prometheus, settings.Queries);
    }

    public static DigestSwitch Digest(IServiceProvider made, KpiSettings settings, Policy policy)
    {
        if (settings.Digest is not { } digest) return new DigestSwitch(null);
        var store = made.GetRequiredService<IStateStore>();
        // A pager wakes people; this is to be read on Monday morning.
        ImmutableArray<string> channels = [.. policy.AlertChannels.Where(channel => channel != "pagerduty")];
        return new DigestSwitch(new Digest(
            made.GetRequiredService<KpiBoard>(),
            made.GetRequiredService<IAuditTrail>(),
            digest,
            policy.Cluster,
            (page, cancel) => store.QueuePagesAsync([page], channels, cancel),
            made.GetRequiredService<TimeProvider>()));
    }

    private static AuditFeed Feed(IServiceProvider made, IAuditTrail trail, EventGridSettings settings, string cluster, TimeProvider time)
    {
        var live = settings with { Key = settings.Key is null ? null : made.GetRequiredService<LiveSecrets>().EventGridKey };
        return new AuditFeed(trail, new AuditTopic(live, Http(made)).SendAsync, cluster, time, Wiring.Jitter(), made.GetRequiredService<ILogger<AuditFeed>>());
    }

    private static HttpClient Http(IServiceProvider made)
    {
        var wrap = made.GetService<WrapNetwork>();
        return PageHttp.Create(wrap is null ? null : network => wrap(network));
    }
}

/// <summary>The weekly digest, or nothing where it is off.</summary>
public sealed record DigestSwitch(Digest? Digest)
{
    public Task RunAsync(CancellationToken cancel) => Digest?.RunAsync(cancel) ?? Task.CompletedTask;
}
