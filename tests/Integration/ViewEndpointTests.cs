using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Functions.Views;
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

    [Theory]
    [InlineData("breakers", "")]
    [InlineData("breakers/mesh/sophia", "")]
    [InlineData("breakers/mesh/sophia/why", "why")]
    public async Task A_cluster_that_is_not_to_be_seen_now_is_shown_as_it_was_seen_last(string path, string under)
    {
        await using var host = await RunningHost.StartAsync();
        host.Loop.Last = OneTarget(RunningHost.Start.AddMinutes(-10));
        host.Loop.Seen = null;

        using var response = await host.SendAsync("GET", path, "viewer");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answer = await RunningHost.JsonOf(response);
        Assert.Contains("no route to host", (under.Length > 0 ? answer[under]!["stale"] : answer["staleBecause"])!.GetValue<string>());
        if (under.Length == 0)
            Assert.Equal((600, true), ((int)answer["ageSeconds"]!, (bool)answer["stale"]!));
    }

    [Fact]
    public async Task An_API_server_that_hangs_does_not_take_the_last_look_away()
    {
        var clock = new ManualTime(RunningHost.Start);
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(new RequestTime(clock)));
        host.Loop.Last = OneTarget(RunningHost.Start.AddMinutes(-10));
        host.Loop.Hangs = true;

        var answer = host.SendAsync("GET", "breakers", "viewer");
        for (var left = 2_000; host.Loop.Waiting == 0 && left > 0; left--) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        clock.Advance(Sight.Patience);

        using var response = await answer;
        Assert.Equal("the API server did not answer within 2 s", (string?)(await RunningHost.JsonOf(response))["staleBecause"]);
    }

    [Fact]
    public async Task A_target_that_can_not_be_read_is_shown_as_unknown_with_what_was_wrong()
    {
        await using var host = await RunningHost.StartAsync();
        var odd = new UnreadObject("Deployment", "mesh", "odd", "spec.replicas is not what it has to be there");
        host.Loop.Seen = OneTarget(RunningHost.Start) with { Unread = [odd], Unknown = ImmutableSortedDictionary<TargetId, string>.Empty.Add(new TargetId("mesh", "odd"), odd.ToString()) };

        using var all = await host.SendAsync("GET", "breakers", "viewer");
        using var one = await host.SendAsync("GET", "breakers/mesh/odd/why", "viewer");

        var answer = await RunningHost.JsonOf(all);
        Assert.Equal(["odd", "sophia"], answer["breakers"]!.AsArray().Select(b => (string)b!["name"]!));
        Assert.Equal("unknown", (string?)answer["breakers"]![0]!["autoscaler"]);
        Assert.Equal("odd", (string?)Assert.Single(answer["unreadable"]!.AsArray())!["name"]);
        Assert.Contains("spec.replicas is not what it has to be there", (string?)(await RunningHost.JsonOf(one))["why"]!["state"]);
    }

    private static Observation OneTarget(DateTimeOffset at) => FakeLoop.EmptyCluster(at) with
    {
        Targets = ImmutableSortedDictionary<TargetId, TargetView>.Empty.Add(new TargetId("mesh", "sophia"), new TargetView
        {
            Id = new TargetId("mesh", "sophia"), Uid = "u", ResourceVersion = "1", Workload = new WorkloadRef("apps/v1", "Deployment", "sophia"), KedaHpaName = "keda-hpa-sophia",
        }),
    };

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
        Assert.Equal("""{"namespace":"mesh","name":"sophia","state":"protected","reason":"targetTripped","note":"","since":"2026-08-01T10:00:00+00:00","failures":0}""", open["targets"]![0]!.ToJsonString().Replace("\\u002B", "+"));
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
        await using var host = await RunningHost.StartAsync(new(RunningHost.Keys) { ["Pages:PagerDuty:RoutingKey"] = new string('a', 32) });

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
