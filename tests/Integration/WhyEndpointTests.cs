using System.Net;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class WhyEndpointTests
{
    private const string Path = $"breakers/{DecidingHost.Namespace}/{DecidingHost.Name}/why";

    [Fact]
    public async Task A_healthy_target_is_explained_as_JSON_by_default()
    {
        await using var host = await DecidingHost.StartAsync();

        using var response = await host.SendAsync("GET", Path, "viewer");
        var why = (await RunningHost.JsonOf(response))["why"]!;

        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Closed: nothing was seen; KEDA (keda-hpa-sophia) scales it", (string?)why["state"]);
        Assert.Equal("Nothing: KEDA scales it", (string?)why["next"]);
        Assert.Equal("closed", (string?)why["breaker"]!["state"]);
    }

    [Theory]
    [InlineData("text/plain", "text/plain")]
    [InlineData("text/plain, */*;q=0.1", "text/plain")]
    [InlineData("application/json, text/plain;q=0.5", "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("image/png", "application/json")]
    public async Task Text_is_for_those_who_ask_for_it(string accept, string type)
    {
        await using var host = await DecidingHost.StartAsync();

        using var response = await host.SendAsync("GET", Path, "viewer", bend: request => request.Headers.TryAddWithoutValidation("Accept", accept));

        Assert.Equal((HttpStatusCode.OK, type), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task A_tripped_target_names_evidence_decision_next_step_and_its_last_records()
    {
        await using var host = await DecidingHost.StartAsync();
        using var trip = await host.SendAsync("POST", "breakers/trip", "operator", $$"""{"scope":"target","namespace":"{{DecidingHost.Namespace}}","name":"{{DecidingHost.Name}}","reason":"drill","by":"ana"}""");

        using var response = await host.SendAsync("GET", Path, "viewer");
        var answer = await RunningHost.JsonOf(response);
        using var text = await host.SendAsync("GET", Path, "viewer", bend: request => request.Headers.Add("Accept", "text/plain"));
        var lines = await text.Content.ReadAsStringAsync();

        var why = answer["why"]!;
        Assert.Equal("tripping", (string?)why["breaker"]!["state"]);
        Assert.Equal("Tripped by hand by ana: drill", (string?)Assert.Single(why["evidence"]!.AsArray())!["what"]);
        Assert.Equal(("protected", "targetTripped"), ((string?)why["decisions"]![0]!["state"], (string?)why["decisions"]![0]!["reason"]));
        Assert.NotEmpty(answer["audit"]!.AsArray());
        Assert.Contains("Tripped by hand by ana: drill", lines, StringComparison.Ordinal);
        Assert.Contains((string)why["next"]!, lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_ten_records_of_that_target_are_asked_for()
    {
        await using var host = await RunningHost.StartAsync();
        host.Loop.Seen = FakeLoop.EmptyCluster(RunningHost.Start);

        using var unknown = await host.SendAsync("GET", "breakers/mesh/nobody/why", "viewer");
        host.Loop.Seen = null;
        using var unseen = await host.SendAsync("GET", "breakers/mesh/nobody/why", "viewer");
        await using var deciding = await DecidingHost.StartAsync();
        using var known = await deciding.SendAsync("GET", Path, "viewer");

        Assert.Equal((404, 503, 200), ((int)unknown.StatusCode, (int)unseen.StatusCode, (int)known.StatusCode));
        Assert.Equal((new TargetId(DecidingHost.Namespace, DecidingHost.Name), 10, true), (deciding.LastQuery!.Target, deciding.LastQuery.Limit, deciding.LastQuery.Latest));
    }
}
