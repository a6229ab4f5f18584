using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Functions.Timers;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes.Stub;

/// <summary>
/// In the place of func for a test of tests/azure.sh's own plumbing: the standalone host, with the one route of the Functions host's own that
/// the script uses. It shows nothing of Azure.
/// </summary>
internal static class FuncStandIn
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ["start", "--script-root", "functions/Azure", "--port", var port])
        {
            await Console.Error.WriteLineAsync($"not as azure-facts have it: func {string.Join(' ', args)}");
            return 2;
        }

        await using var host = StandaloneHost.Build(new StandaloneOptions
        {
            // func reads local.settings.json from the first folder upwards of the functions that has it or host.json.
            ContentRoot = Path.Combine(Directory.GetCurrentDirectory(), "functions", "Azure"),
            Port = int.Parse(port),
            Configure = services => services.AddSingleton<IStartupFilter, AdminRoute>(),
        });
        await host.RunAsync();
        return 0;
    }

    private sealed class AdminRoute : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                if (context.Request is not { Method: "POST", Path.Value: "/admin/functions/Reconcile" })
                {
                    await rest(context);
                    return;
                }

                // Answered before it has run, as the Functions host does.
                var timer = ActivatorUtilities.CreateInstance<ReconcileFunction>(context.RequestServices);
                _ = Task.Run(() => timer.Run(new TimerInfo(), CancellationToken.None));
                context.Response.StatusCode = StatusCodes.Status202Accepted;
            });
            next(app);
        };
    }
}
