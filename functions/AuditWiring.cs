using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Audit.EventGrid;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>How what is made of the audit trail is put together.</summary>
public static class AuditWiring
{
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
