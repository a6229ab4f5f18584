using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Alerts;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Functions.Orders;
using Sophia.Keda.Reactor.Functions.Views;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>Sends every page that is due.</summary>
public delegate Task DeliverDuePages(CancellationToken cancel);

/// <summary>What is behind the functions, the same in both hosts: the one place where parts are chosen.</summary>
public static class Composition
{
    /// <param name="easyAuth">The platform filters the principal header; never true in the standalone host.</param>
    public static IServiceCollection AddReactor(
        this IServiceCollection services, ReactorSettings settings, IConfiguration configuration, bool easyAuth)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(configuration);
        services.AddSingleton(settings);
        services.AddSingleton(PolicyOf(settings));
        services.AddSingleton<Counters>();
        services.AddSingleton<ReactorLoop>();
        services.AddSingleton(made => LoopAccess.To(
            made.GetRequiredService<ReactorLoop>(),
            cancel => made.GetRequiredService<DeliverDuePages>()(cancel)));

        services.AddSingleton<LiveKeys>();
        services.AddSingleton(made => new AccessCheck(() => made.GetRequiredService<LiveKeys>().Current, settings.Insecure, easyAuth));
        services.AddSingleton<IdSource>(() => RandomNumberGenerator.GetHexString(32, lowercase: true));
        services.AddSingleton<Door>();
        services.AddSingleton<AlertIntake>();
        services.AddSingleton<OrderDesk>();
        services.AddSingleton<Sight>();
        return services;
    }

    private static Policy PolicyOf(ReactorSettings settings) => new()
    {
        Cluster = settings.ClusterName,
        ObserveOnly = settings.Policy.Mode == PolicyMode.Observe,
    };
}
