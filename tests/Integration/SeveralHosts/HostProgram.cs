using System.Globalization;
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
    /// <summary>The host with the settings of its environment, as a script starts it, only with a faster clock.</summary>
    /// <param name="agreed">The moment from which on the clock runs fast, as in <see cref="PacedClock"/>.</param>
    /// <param name="speed">How many times as fast.</param>
    /// <param name="args">The host's own.</param>
    public static async Task<int> RunPacedAsync(string agreed, string speed, string[] args)
    {
        var clock = new PacedClock(
            DateTimeOffset.Parse(agreed, CultureInfo.InvariantCulture), double.Parse(speed, CultureInfo.InvariantCulture), TimeSpan.Zero);
        try
        {
            await using var host = StandaloneHost.Build(new StandaloneOptions { Args = args, Time = clock });
            await host.RunAsync();
            return 0;
        }
        catch (Exception fault) when (fault is SettingsException or HostStartException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 2;
        }
    }

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
