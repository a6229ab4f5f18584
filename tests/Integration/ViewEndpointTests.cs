using System.Collections.Immutable;
using System.Net;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class ViewEndpointTests
{
    [Fact]
    public async Task Breakers_say_how_old_the_look_is_that_they_were_made_of()
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("GET", "breakers", "viewer");

        var answer = await RunningHost.JsonOf(response);
        Assert.Equal(("test", RunningHost.Start), ((string?)answer["cluster"], (DateTimeOffset)answer["observedAt"]!));
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_not_found()
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("GET", "breakers/mesh/nobody", "viewer");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("mesh/nobody", (string?)(await RunningHost.JsonOf(response))["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_never_seen_is_no_empty_list_of_breakers()
    {
        await using var host = await RunningHost.StartAsync();
        host.Loop.Seen = null;

        using var response = await host.SendAsync("GET", "breakers", "viewer");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("Cluster not seen", (string?)(await RunningHost.JsonOf(response))["title"]);
    }

    [Fact]
    public async Task Incidents_are_shown_open_and_closed_with_their_targets()
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Panel = host.Store.Panel with { Incidents = ImmutableSortedDictionary<string, Incident>.Empty.Add("i-1", An("i-1")) };
        host.Store.Closed.Add(An("i-0") with { ClosedAt = RunningHost.Start });

        using var all = await host.SendAsync("GET", "incidents?limit=5", "viewer");
        using var closed = await host.SendAsync("GET", "incidents/i-0", "viewer");
        using var none = await host.SendAsync("GET", "incidents/i-9", "viewer");

        var open = (await RunningHost.JsonOf(all))["open"]![0]!;
        Assert.Equal(("i-1", "scalerErrors", "tripped"), ((string?)open["id"], (string?)open["cause"], (string?)open["stage"]));
        Assert.Equal("""{"namespace":"mesh","name":"sophia","state":"protected","reason":"targetTripped","note":"","since":"2026-08-01T10:00:00+00:00"}""", open["targets"]![0]!.ToJsonString().Replace("\\u002B", "+"));
        Assert.Equal("i-0", (string?)(await RunningHost.JsonOf(closed))["id"]);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task The_audit_trail_is_asked_for_exactly_as_the_query_says()
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Audit.Add(new AuditRecord { At = RunningHost.Start, Kind = AuditKind.Write, Reason = Reason.WriteDone,
            Actor = "reactor", Text = "paused", Target = new TargetId("mesh", "sophia") });

        using var response = await host.SendAsync(
            "GET", "audit?after=7&limit=3&incident=i-1&namespace=mesh&name=sophia&kind=write", "viewer");

        Assert.Equal(new AuditQuery { After = 7, Limit = 3, IncidentId = "i-1", Target = new TargetId("mesh", "sophia"),
            Kind = AuditKind.Write }, host.Store.LastQuery);
        var record = (await RunningHost.JsonOf(response))["records"]![0]!;
        Assert.Equal((1, "write", "mesh", "paused"),
            ((int)record["sequence"]!, (string?)record["kind"], (string?)record["namespace"], (string?)record["text"]));
    }

    [Theory]
    [InlineData("audit?limit=0", "limit")]
    [InlineData("audit?limit=1001", "limit")]
    [InlineData("audit?after=-1", "after")]
    [InlineData("audit?after=1&latest=true", "contradict")]
    [InlineData("audit?kind=gossip", "signal | decision | write | page | order")]
    [InlineData("audit?namespace=mesh", "both")]
    [InlineData("audit?latest=si", "true | false")]
    [InlineData("audit?since=yesterday", "since: unknown")]
    [InlineData("incidents?limit=many", "limit")]
    [InlineData("breakers?state=open", "state: unknown")]
    public async Task A_query_that_is_not_understood_is_told_so(string path, string says)
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("GET", path, "viewer");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(says, (string?)(await RunningHost.JsonOf(response))["errors"]!.AsArray().Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_come_in_Prometheus_text_even_while_the_store_is_down()
    {
        await using var host = await RunningHost.StartAsync();

        using var up = await host.SendAsync("GET", "metrics", "viewer");
        host.Store.Down = true;
        using var down = await host.SendAsync("GET", "metrics", "viewer");

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", up.Content.Headers.ContentType?.ToString());
        var page = await up.Content.ReadAsStringAsync();
        Assert.Contains("reactor_pages_waiting{cluster=\"test\",channel=\"slack\"} 2\n", page, StringComparison.Ordinal);
        Assert.Contains("reactor_pages_dead{cluster=\"test\",channel=\"pagerduty\"} 0\n", page, StringComparison.Ordinal);
        Assert.Contains("reactor_store_up{cluster=\"test\"} 0\n", await down.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_tells_everyone_whether_and_readers_why()
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Down = true;

        using var anonymous = await host.SendAsync("GET", "health", null);
        using var viewer = await host.SendAsync("GET", "health", "viewer");
        using var live = await host.SendAsync("GET", "health/live", null);
        using var ready = await host.SendAsync("GET", "health/ready", null);

        Assert.Equal((503, 503, 200, 200),
            ((int)anonymous.StatusCode, (int)viewer.StatusCode, (int)live.StatusCode, (int)ready.StatusCode));
        Assert.Equal("""{"status":"unhealthy"}""", await anonymous.Content.ReadAsStringAsync());
        Assert.Equal("""{"status":"ready","orders":false,"because":"the store can't be used: alerts and orders are answered 503; GET /api/health says why"}""", await ready.Content.ReadAsStringAsync());
        Assert.Contains("disk full", (string?)(await RunningHost.JsonOf(viewer))["reasons"]![0]!["text"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_healthy_reactor_answers_200_and_is_ready()
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Panel = host.Store.Panel with { LastProbeAt = RunningHost.Start };

        using var health = await host.SendAsync("GET", "health", null);
        using var ready = await host.SendAsync("GET", "health/ready", null);

        Assert.Equal((200, 200), ((int)health.StatusCode, (int)ready.StatusCode));
        Assert.Equal("""{"status":"healthy"}""", await health.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("GET", "api/nothing", 404)]
    [InlineData("GET", "", 404)]
    [InlineData("DELETE", "api/breakers", 405)]
    public async Task What_is_not_served_is_a_problem_too(string method, string path, int status)
    {
        await using var host = await RunningHost.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await host.Client.SendAsync(request);

        Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
    }

    private static Incident An(string id) => new()
    {
        Id = id,
        Cluster = "test",
        Cause = Cause.ScalerErrors,
        OpenedAt = RunningHost.Start,
        Why = "5 failures in a row",
        Members = ImmutableSortedDictionary<TargetId, Member>.Empty.Add(
            new TargetId("mesh", "sophia"),
                new Member { State = MemberState.Protected, Reason = Reason.TargetTripped, Since = RunningHost.Start }),
    };
}
