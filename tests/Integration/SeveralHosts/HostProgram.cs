using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;

/// <summary>What a child process is told.</summary>
/// <param name="ServerRules">True: leases end by Redis' own clock, as with the machine's clock; a paced one needs its own.</param>
internal sealed record HostOrder(
    Dictionary<string, string?> Settings, int Port, DateTimeOffset Agreed, double Speed, TimeSpan Off, bool ServerRules);

/// <summary>The standalone host as it is shipped, in a process of its own that can be killed, with a paced clock.</summary>
internal static class HostProgram
{
    public static async Task<int> RunAsync(string order)
    {
        var told = JsonSerializer.Deserialize<HostOrder>(await File.ReadAllTextAsync(order))!;
        var clock = new PacedClock(told.Agreed, told.Speed, told.Off);
        await using var host = StandaloneHost.Build(new StandaloneOptions
        {
            Settings = told.Settings,
            Port = told.Port,
            Time = clock,
            Configure = services =>
            {
                if (told.ServerRules)
                    services.AddSingleton<IStateStore>(made => new RedisStore("sandbox", made.GetRequiredService<ReactorSettings>().Store.Redis!, clock, serverRules: true));
            },
        });
        await host.RunAsync();
        return 0;
    }
}
