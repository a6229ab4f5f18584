using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Alerts;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Functions.Orders;
using Sophia.Keda.Reactor.Functions.Views;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>What is behind the functions, the same in both hosts: the one place where parts are chosen.</summary>
public static class Composition
{
    /// <param name="easyAuth">The platform filters the principal header; never true in the standalone host.</param>
    /// <exception cref="SettingsException">The policy file is wrong, or settings contradict it.</exception>
    public static IServiceCollection AddReactor(this IServiceCollection services, ReactorSettings settings, IConfiguration configuration, bool easyAuth)
    {
        var loaded = PolicySource.Load(settings);
        var connection = Wiring.Connection(settings.Kubernetes);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(configuration);
        services.AddSingleton(settings);
        services.AddSingleton(loaded.Policy);
        services.AddSingleton(loaded);
        services.AddSingleton<Counters>();
        services.AddSingleton(Wiring.NewInstance());
        services.AddSingleton(made => Wiring.Store(settings.Store, loaded.Policy.Cluster, made.GetRequiredService<TimeProvider>()));
        services.AddSingleton(made => Wiring.Cluster(made, settings, connection, loaded.Policy));
        services.AddSingleton(made => Wiring.Loop(made, loaded.Policy));
        services.AddSingleton(made => Wiring.Delivery(made, settings));
        services.AddSingleton(made => LoopAccess.To(made.GetRequiredService<ReactorLoop>(), cancel => Wiring.DeliverAsync(made, cancel)));

        services.AddSingleton<LiveKeys>();
        services.AddSingleton(made => new AccessCheck(() => made.GetRequiredService<LiveKeys>().Current, settings.Insecure, easyAuth));
        services.AddSingleton(made => Wiring.Entra(made, settings));
        services.AddSingleton<IdSource>(() => RandomNumberGenerator.GetHexString(32, lowercase: true));
        services.AddSingleton<Door>();
        services.AddSingleton<AlertIntake>();
        services.AddSingleton<OrderDesk>();
        services.AddSingleton<Sight>();
        services.AddHostedService<Opening>();
        return services;
    }
}
