using System.Net;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class MaintenanceEndpointTests
{
    private const string Upgrade = """{"scope":"cluster","duration":"30m","reason":"KEDA upgrade","by":"ana","requestId":"m1"}""";

    [Fact]
    public async Task An_ordered_window_is_answered_with_its_id_and_shown_to_viewers()
    {
        await using var host = await DecidingHost.StartAsync();

        using var ordered = await host.SendAsync("POST", "maintenance", "operator", Upgrade);
        var answer = await RunningHost.JsonOf(ordered);
        using var again = await host.SendAsync("POST", "maintenance", "operator", Upgrade);
        using var shown = await host.SendAsync("GET", "maintenance", "viewer");
        var window = Assert.Single((await RunningHost.JsonOf(shown))["windows"]!.AsArray())!;

        Assert.Equal(HttpStatusCode.Accepted, ordered.StatusCode);
        Assert.Contains("nothing moves by itself in the whole cluster", (string?)answer["next"], StringComparison.Ordinal);
        Assert.Equal((string?)answer["maintenance"], (string?)(await RunningHost.JsonOf(again))["maintenance"]);
        Assert.Equal(
            ((string?)answer["maintenance"], "cluster", true, "KEDA upgrade", "ana", RunningHost.Start.AddMinutes(30)),
            ((string?)window["id"], (string?)window["scope"], (bool?)window["active"], (string?)window["reason"], (string?)window["by"], (DateTimeOffset)window["until"]!));
    }

    [Fact]
    public async Task It_ends_early_once()
    {
        await using var host = await DecidingHost.StartAsync();
        using var ordered = await host.SendAsync("POST", "maintenance", "operator", Upgrade);
        var id = (string)(await RunningHost.JsonOf(ordered))["maintenance"]!;

        using var ended = await host.SendAsync("POST", $"maintenance/{id}/end", "operator", """{"reason":"done","by":"ana"}""");
        using var twice = await host.SendAsync("POST", $"maintenance/{id}/end", "operator", """{"reason":"done","by":"ana","requestId":"other"}""");
        using var shown = await host.SendAsync("GET", "maintenance", "viewer");

        Assert.Equal((202, 404), ((int)ended.StatusCode, (int)twice.StatusCode));
        Assert.Equal("Unknown maintenance", (string?)(await RunningHost.JsonOf(twice))["title"]);
        Assert.Empty((await RunningHost.JsonOf(shown))["windows"]!.AsArray());
    }

    [Fact]
    public async Task A_second_window_over_the_same_is_a_contradiction_with_its_reason()
    {
        await using var host = await DecidingHost.StartAsync();
        using var ordered = await host.SendAsync("POST", "maintenance", "operator", Upgrade);

        using var refused = await host.SendAsync("POST", "maintenance", "operator", Upgrade.Replace("m1", "m2", StringComparison.Ordinal));
        var problem = await RunningHost.JsonOf(refused);

        Assert.Equal((409, "Contradictory order"), ((int)refused.StatusCode, (string?)problem["title"]));
        Assert.Contains("end that first", (string?)problem["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b"}""", "until: missing; an end is needed")]
    [InlineData("""{"duration":"5m","reason":"r","by":"b"}""", "scope: missing")]
    [InlineData("""{"scope":"cluster","until":"2026-08-01T11:00","reason":"r","by":"b"}""", "expected an instant with its offset")]
    [InlineData("""{"scope":"cluster","until":"2026-08-01T11:00:00+02:00","reason":"r","by":"b"}""", "is not after the start")]
    [InlineData("""{"scope":"cluster","until":"2026-08-01T11:00:00Z","duration":"5m","reason":"r","by":"b"}""", "contradict each other")]
    [InlineData("""{"scope":"cluster","duration":"25h","reason":"r","by":"b"}""", "at most 24 h are taken (limits.longest_maintenance)")]
    [InlineData("""{"scope":"cluster","start":"2026-09-15T10:00:00Z","duration":"1h","reason":"r","by":"b"}""", "more than 30 days ahead")]
    public async Task One_without_scope_end_or_zone_is_told_what_is_missing(string body, string fault)
    {
        await using var host = await DecidingHost.StartAsync();

        using var refused = await host.SendAsync("POST", "maintenance", "operator", body);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains((await RunningHost.JsonOf(refused))["errors"]!.AsArray(), error => ((string?)error)!.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_end_with_its_own_offset_is_that_very_instant()
    {
        await using var host = await DecidingHost.StartAsync();

        using var ordered = await host.SendAsync("POST", "maintenance", "operator", """{"scope":"cluster","until":"2026-08-01T13:30:00+02:00","reason":"r","by":"b"}""");

        Assert.Equal(HttpStatusCode.Accepted, ordered.StatusCode);
        Assert.Equal(RunningHost.Start.AddMinutes(90), Assert.Single(host.Panel.Maintenance.Values).Until);
    }
}
