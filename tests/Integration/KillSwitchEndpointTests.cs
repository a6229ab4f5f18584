using System.Net;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class KillSwitchEndpointTests
{
    [Fact]
    public async Task It_is_switched_on_and_off_and_each_answer_says_what_that_means()
    {
        await using var host = await DecidingHost.StartAsync();

        using var on = await host.SendAsync("POST", "kill-switch", "operator", Order("on", "k1"));
        using var again = await host.SendAsync("POST", "kill-switch", "operator", Order("on", "k1"));
        using var breakers = await host.SendAsync("GET", "breakers", "viewer");
        using var off = await host.SendAsync("POST", "kill-switch", "operator", Order("off", "k2"));

        Assert.Equal((202, 202, 202), ((int)on.StatusCode, (int)again.StatusCode, (int)off.StatusCode));
        Assert.Contains("Nothing is written to the cluster until writes are allowed again", (string?)(await RunningHost.JsonOf(on))["next"], StringComparison.Ordinal);
        Assert.Equal("Kill switch: writes are stopped by ana since 10:00:00Z: drill", (string?)(await RunningHost.JsonOf(breakers))["applies"]![0]);
        Assert.Contains("Writes go on", (string?)(await RunningHost.JsonOf(off))["next"], StringComparison.Ordinal);
        Assert.Null(host.Panel.WritesStop);
    }

    [Fact]
    public async Task Switching_it_to_what_it_is_already_is_a_contradiction()
    {
        await using var host = await DecidingHost.StartAsync();

        using var off = await host.SendAsync("POST", "kill-switch", "operator", Order("off", "k1"));
        using var on = await host.SendAsync("POST", "kill-switch", "operator", Order("on", "k2"));
        using var twice = await host.SendAsync("POST", "kill-switch", "operator", Order("on", "k3"));

        Assert.Equal((409, 202, 409), ((int)off.StatusCode, (int)on.StatusCode, (int)twice.StatusCode));
        Assert.Equal("writes are not stopped", (string?)(await RunningHost.JsonOf(off))["detail"]);
        Assert.Contains("stopped by ana since", (string?)(await RunningHost.JsonOf(twice))["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"reason":"r","by":"b"}""", "state: missing")]
    [InlineData("""{"state":"true","reason":"r","by":"b"}""", "state: found \"true\"; expected on | off")]
    [InlineData("""{"state":"on","by":"b"}""", "reason: missing")]
    public async Task A_faulty_order_changes_nothing(string body, string fault)
    {
        await using var host = await DecidingHost.StartAsync();

        using var refused = await host.SendAsync("POST", "kill-switch", "operator", body);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains(fault, (string?)Assert.Single((await RunningHost.JsonOf(refused))["errors"]!.AsArray()), StringComparison.Ordinal);
        Assert.Null(host.Panel.WritesStop);
    }

    private static string Order(string state, string requestId) => $$"""{"state":"{{state}}","reason":"drill","by":"ana","requestId":"{{requestId}}"}""";
}
