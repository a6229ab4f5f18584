using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access.Entra;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Paging.Channels.Email;
using Sophia.Keda.Reactor.Paging.Channels.Webhook;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>Wraps the network of outbound calls; the sandbox slows its clock while one is under way.</summary>
public delegate HttpMessageHandler WrapNetwork(HttpMessageHandler network);

/// <summary>How each adapter is made from the settings.</summary>
public static class Wiring
{
    /// <summary>A delivery run ends before the next timer tick.</summary>
    private static readonly TimeSpan DeliveryBudget = TimeSpan.FromSeconds(8);

    /// <summary>A file for one instance, or Redis for several.</summary>
    public static IStateStore Store(IServiceProvider made, StoreSettings store, string cluster)
    {
        var time = made.GetRequiredService<TimeProvider>();
        return store.Redis is { } redis
            ? new RedisStore(cluster, redis with { Password = made.GetRequiredService<LiveSecrets>().RedisPassword }, time)
            : new SqliteStore(cluster, new SqliteSettings { Path = store.Path, Limits = store.Limits }, time);
    }

    public static ClusterClient Cluster(IServiceProvider made, ReactorSettings settings, ClusterAccess access, Policy policy)
    {
        var time = made.GetRequiredService<TimeProvider>();
        var where = new ClusterSettings { KedaNamespace = settings.Keda.Namespace, OperatorDeployment = settings.Keda.OperatorDeployment, Namespaces = settings.Kubernetes.Namespaces };
        var secrets = made.GetRequiredService<LiveSecrets>();
        var signer = settings.MemoryKey is null ? null : new MemorySigner(secrets.MemoryKey);
        return new ClusterClient(access.Connect(time, secrets.KubernetesToken), policy, where, time, Jitter(), signer);
    }

    public static LatestPreflight Preflight(IServiceProvider made)
    {
        var log = new PreflightLog(made.GetRequiredService<ILogger<PreflightLog>>());
        var (cluster, clock) = (made.GetRequiredService<ClusterClient>(), made.GetRequiredService<RequestTime>().Clock);
        return new LatestPreflight(cluster.PreflightAsync, made.GetRequiredService<TimeProvider>(), clock) { Made = log.Tell };
    }

    public static ReactorLoop Loop(IServiceProvider made, Policy policy) => new(
        made.GetRequiredService<IStateStore>(),
        made.GetRequiredService<ClusterClient>(),
        policy,
        made.GetRequiredService<TimeProvider>(),
        made.GetRequiredService<Counters>(),
        made.GetRequiredService<InstanceName>().Value,
        made.GetRequiredService<ILogger<ReactorLoop>>())
    {
        PagesQueued = cancel => made.GetRequiredService<LoopAccess>().DeliverPages(cancel),
    };

    public static PageChannels Ways(IServiceProvider made, ReactorSettings settings)
    {
        var wrap = made.GetService<WrapNetwork>();
        var http = PageHttp.Create(wrap is null ? null : network => wrap(network));
        var time = made.GetRequiredService<TimeProvider>();
        return new PageChannels(Channels(settings.Pages, made.GetRequiredService<LiveSecrets>(), http, time), time);
    }

    public static PageDelivery Delivery(IServiceProvider made) => new(
        made.GetRequiredService<IStateStore>(), made.GetRequiredService<PageChannels>(), made.GetRequiredService<AuditKeeper>().SealAsync, made.GetRequiredService<TimeProvider>(),
        new Random(RandomNumberGenerator.GetInt32(int.MaxValue)), made.GetRequiredService<InstanceName>().Value);

    /// <summary>One line for each way to people.</summary>
    private static IEnumerable<IPageChannel> Channels(PagesSettings pages, LiveSecrets secrets, HttpClient http, TimeProvider time)
    {
        if (pages.SlackWebhookUrl is not null)
            yield return new SlackChannel(http, new SlackSettings { WebhookUrl = secrets.SlackWebhookUrl }, pages.Links);
        if (pages.PagerDutyRoutingKey is not null)
            yield return new PagerDutyChannel(http, new PagerDutySettings { RoutingKey = secrets.PagerDutyRoutingKey, Url = pages.PagerDutyUrl }, pages.Links);
        if (pages.Email is { } email)
            yield return new EmailChannel(email with { Password = email.Password is null ? null : secrets.EmailPassword }, time, pages.Links);
        if (pages.Webhook is { } webhook)
            yield return new GenericWebhookChannel(http, webhook with { Url = secrets.WebhookUrl, SigningKey = secrets.WebhookSecret }, time, pages.Links);
    }

    public static EntraSenders Entra(IServiceProvider made, ReactorSettings settings)
    {
        var wrap = made.GetService<WrapNetwork>();
        return new EntraSenders(settings.Entra, wrap is null ? null : network => wrap(network), made.GetRequiredService<TimeProvider>(), made.GetRequiredService<ILogger<EntraSenders>>());
    }

    public static async Task DeliverAsync(IServiceProvider made, CancellationToken cancel)
    {
        var delivery = made.GetRequiredService<PageDelivery>();
        var deadline = made.GetRequiredService<TimeProvider>().GetUtcNow() + DeliveryBudget;
        var (loop, last) = (made.GetRequiredService<ReactorLoop>(), made.GetRequiredService<LastResort>());
        await delivery.DeliverAsync(loop.PagesWithoutStore, deadline, cancel);
        try
        {
            await delivery.DeliverAsync(deadline, cancel);
            await last.LookAsync(cancel);
        }
        catch (StoreUnavailableException)
        {
            var (panel, pages) = loop.InMind;
            await last.LookWithoutStoreAsync(pages, panel, cancel);
            throw;
        }
        finally
        {
            await made.GetRequiredService<LatestChannelCheck>().LookAsync(cancel);
        }
    }

    /// <summary>Two processes on one machine, or one restarted in a container with the same pid, must not take each other's lease for theirs.</summary>
    public static InstanceName NewInstance() =>
        new($"{Environment.MachineName}/{Environment.ProcessId}/{RandomNumberGenerator.GetHexString(8, lowercase: true)}");

    /// <summary>Spread of repeated requests: instances must not repeat in step.</summary>
    internal static Func<double> Jitter() => () => RandomNumberGenerator.GetInt32(1 << 30) / (double)(1 << 30);
}

/// <summary>This process as the owner of leases, unique among instances.</summary>
public sealed record InstanceName(string Value);
