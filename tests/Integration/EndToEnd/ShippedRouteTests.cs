using System.Diagnostics;
using Sophia.Keda.Reactor.Contracts.Tests.Monitoring;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

public sealed class ShippedRouteTests
{
    [FactWithProgram("amtool")]
    public async Task The_shipped_configuration_is_valid() =>
        Assert.Contains("SUCCESS", await AmtoolAsync("check-config", Alertmanager.ShippedFile), StringComparison.Ordinal);

    [FactWithProgram("amtool")]
    public async Task Every_alert_that_the_reactor_knows_is_routed_to_it_and_no_other_one_is()
    {
        foreach (var name in Policy.DefaultAlertNames.Keys)
            Assert.Equal((name, "keda-reactor"), (name, await RouteAsync(name)));
        foreach (var name in (string[])["KEDA", "KEDAOperatorDownSoon", "NotKEDAOperatorDown", "ReactorDownSoon"])
            Assert.Equal((name, "nobody"), (name, await RouteAsync(name)));
    }

    [FactWithProgram("amtool")]
    public async Task The_Watchdog_goes_outside_and_to_the_reactor() => Assert.Equal("dead-mans-check,keda-reactor", await RouteAsync("Watchdog"));

    [FactWithProgram("amtool")]
    public async Task Every_alert_of_the_reactor_itself_goes_to_people_past_it()
    {
        var names = MonitoringFolder.Rules("reactor-rules.yaml").Select(rule => rule.Word("alert")!).Except(["Watchdog"]).ToList();

        Assert.InRange(names.Count, 7, 50);
        foreach (var name in names)
            Assert.Equal((name, "reactor-watchers"), (name, await RouteAsync(name)));
    }

    private static async Task<string> RouteAsync(string name) =>
        (await AmtoolAsync("config", "routes", "test", $"--config.file={Alertmanager.ShippedFile}", $"alertname={name}")).Trim();

    private static async Task<string> AmtoolAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Programs.Find("amtool")!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var (told, complaints) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await complaints);
        return await told;
    }
}
