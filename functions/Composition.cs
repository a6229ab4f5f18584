using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Alerts;
using Sophia.Keda.Reactor.Functions.Health;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Functions.Orders;
using Sophia.Keda.Reactor.Functions.Pages;
using Sophia.Keda.Reactor.Functions.Views;
using Sophia.Keda.Reactor.Kpis;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>What is behind the functions, the same in both hosts: the one place where parts are chosen.</summary>
public static class Composition
{
    /// <summary>The settings as they were read; Secrets:Folder is added to the configuration on the way.</summary>
    /// <param name="services">Where they go.</param>
    /// <param name="configuration">Where the settings stand.</param>
    /// <param name="exposure">Who can reach this process.</param>
    /// <param name="already">Faults that the host has found, to be told with those of the settings.</param>
    /// <exception cref="SettingsException">Settings or the policy file are wrong, or contradict each other.</exception>
    public static ReactorSettings AddReactor(
        this IServiceCollection services, ConfigurationManager configuration, Exposure exposure, params ReadOnlySpan<SettingsFault?> already)
    {
        var settings = ReactorSettings.Load(configuration, exposure, [.. already, SecretsFolder.AddTo(configuration, configuration)]);
        var easyAuth = EasyAuth.IsOn(exposure, configuration);
        var loaded = PolicySource.Load(settings);
        var access = ClusterAccess.Of(settings.Kubernetes);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IConfiguration>(configuration);
        services.AddSingleton(settings);
        services.AddSingleton(loaded.Policy);
        services.AddSingleton(loaded);
        services.AddSingleton(access);
        services.AddSingleton<Counters>();
        services.AddSingleton(Wiring.NewInstance());
        services.AddSingleton(made => Wiring.Store(made, settings.Store, loaded.Policy.Cluster));
        services.AddSingleton<IAuditTrail>(made => new TrailOfStore((IAuditTrail)made.GetRequiredService<IStateStore>()));
        services.AddSingleton<DoorRefusals>();
        services.AddSingleton(made => AuditWiring.Keeper(made, settings, loaded.Policy.Cluster));
        services.AddSingleton<KpiBoard>();
        services.AddSingleton(made => Wiring.Cluster(made, settings, access, loaded.Policy));
        services.AddSingleton(made => Wiring.Loop(made, loaded.Policy));
        services.AddSingleton(made => Wiring.Ways(made, settings));
        services.AddSingleton(Wiring.Delivery);
        services.AddSingleton(made => new LatestChannelCheck(made.GetRequiredService<PageChannels>().CheckAsync, made.GetRequiredService<TimeProvider>()));
        services.AddSingleton(made => new LastResort(
            made.GetRequiredService<IStateStore>(), loaded.Policy, made.GetRequiredService<ClusterClient>().TellAsync, made.GetRequiredService<TimeProvider>(), made.GetRequiredService<ILogger<LastResort>>()));
        services.AddSingleton(Wiring.Preflight);
        services.AddSingleton(made => LoopAccess.To(
            made.GetRequiredService<ReactorLoop>(), made.GetRequiredService<LatestPreflight>(), cancel => Wiring.DeliverAsync(made, cancel)));

        services.AddSingleton(made => new LiveSecrets(settings.Secrets, configuration, made.GetRequiredService<ILogger<LiveSecrets>>()));
        services.AddSingleton(made => new AccessCheck(() => made.GetRequiredService<LiveSecrets>().Keys, settings.Insecure, easyAuth));
        services.AddSingleton(made => Wiring.Entra(made, settings));
        services.AddSingleton<IdSource>(() => RandomNumberGenerator.GetHexString(32, lowercase: true));
        services.TryAddSingleton(new RequestTime(TimeProvider.System));
        services.AddSingleton<BodiesUnderWay>();
        services.AddSingleton<AnswersUnderWay>();
        services.AddSingleton<Bodies>();
        services.AddSingleton(typeof(OneLook<>));
        services.AddSingleton<Door>();
        services.AddSingleton<Watchdog>();
        services.AddSingleton<AlertIntake>();
        services.AddSingleton<OrderDesk>();
        services.AddSingleton<Sight>();
        services.AddSingleton<PageDesk>();
        services.AddSingleton<StoreStatus>();
        services.AddHostedService<Opening>();
        services.AddHostedService<PreflightAtStart>();
        services.AddHostedService<PagesAtStart>();
        return settings;
    }
}
