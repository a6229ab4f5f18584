using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access.Entra;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels;
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

    /// <summary>How the API server is reached, checked before the host starts.</summary>
    /// <exception cref="SettingsException">It can't be reached like that.</exception>
    public static ClusterConnection Connection(KubernetesSettings kubernetes)
    {
        if (kubernetes.Server is not { } server)
            return ClusterConnection.InCluster() ?? throw new SettingsException([new SettingsFault("Kubernetes:Server", "nothing, and this is not a pod", "the address of the API server")]);
        var connection = new ClusterConnection { Server = server, Token = kubernetes.Token?.Reveal(), TokenFile = kubernetes.TokenFile, CaFile = kubernetes.CaFile };
        try
        {
            connection.Check();
            return connection;
        }
        catch (ClusterSettingException fault)
        {
            throw new SettingsException([new SettingsFault("Kubernetes", fault.Message, "a way to the API server that can be used")]);
        }
    }

    /// <summary>A file for one instance, or Redis for several.</summary>
    public static IStateStore Store(StoreSettings store, string cluster, TimeProvider time) => store.Redis is { } redis
        ? new RedisStore(cluster, redis, time)
        : new SqliteStore(cluster, new SqliteSettings { Path = store.Path, Limits = store.Limits }, time);

    public static ClusterClient Cluster(IServiceProvider made, ReactorSettings settings, ClusterConnection connection, Policy policy)
    {
        var time = made.GetRequiredService<TimeProvider>();
        var where = new ClusterSettings { KedaNamespace = settings.Keda.Namespace, OperatorDeployment = settings.Keda.OperatorDeployment, Namespaces = settings.Kubernetes.Namespaces };
        var signer = settings.MemoryKey is { } key ? new MemorySigner(key.Reveal()) : null;
        return new ClusterClient(connection.Connect(time), policy, where, time, Jitter(), signer);
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

    public static PageDelivery Delivery(IServiceProvider made, ReactorSettings settings)
    {
        var wrap = made.GetService<WrapNetwork>();
        var http = PageHttp.Create(wrap is null ? null : network => wrap(network));
        var time = made.GetRequiredService<TimeProvider>();
        List<IPageChannel> channels = [];
        if (settings.Pages.SlackWebhookUrl is { } slack)
            channels.Add(new SlackChannel(http, new SlackSettings { WebhookUrl = new Uri(slack.Reveal()) }));
        if (settings.Pages.PagerDutyRoutingKey is { } key)
            channels.Add(new PagerDutyChannel(http, new PagerDutySettings { RoutingKey = key.Reveal(), Url = settings.Pages.PagerDutyUrl }));
        return new PageDelivery(made.GetRequiredService<IStateStore>(), channels, time, new Random(RandomNumberGenerator.GetInt32(int.MaxValue)), made.GetRequiredService<InstanceName>().Value);
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
        await delivery.DeliverAsync(made.GetRequiredService<ReactorLoop>().PagesWithoutStore, deadline, cancel);
        await delivery.DeliverAsync(deadline, cancel);
    }

    /// <summary>Two processes on one machine, or one restarted in a container with the same pid, must not take each other's lease for theirs.</summary>
    public static InstanceName NewInstance() =>
        new($"{Environment.MachineName}/{Environment.ProcessId}/{RandomNumberGenerator.GetHexString(8, lowercase: true)}");

    /// <summary>Spread of repeated requests: instances must not repeat in step.</summary>
    private static Func<double> Jitter() => () => RandomNumberGenerator.GetInt32(1 << 30) / (double)(1 << 30);
}

/// <summary>This process as the owner of leases, unique among instances.</summary>
public sealed record InstanceName(string Value);
