using System.Net;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class OrderEndpointTests
{
    private const string Trip = """{"scope":"target","namespace":"mesh","name":"sophia","reason":"r","by":"ana","requestId":"r1"}""";

    [Fact]
    public async Task An_accepted_order_is_answered_with_what_happens_next()
    {
        await using var host = await RunningHost.StartAsync();
        host.Loop.Decide = signal => Answered(signal, Reason.TripOrdered, accepted: true);

        using var response = await host.SendAsync("POST", "breakers/trip", "operator", Trip);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("""
            {"requestId":"r1","incident":"i-1","targets":[{"namespace":"mesh","name":"sophia","state":"tripping","willDo":"pause KEDA"}],"next":"it will","at":"2026-08-01T10:00:00+00:00"}
            """.Trim(), (await response.Content.ReadAsStringAsync()).Replace("\\u002B", "+"));
        var order = Assert.IsType<TripOrder>(Assert.Single(host.Loop.Accepted));
        Assert.Equal(("order/r1", "ana (claimed; authenticated as key:operator#1)"), (order.Key, order.Actor));
    }

    [Fact]
    public async Task An_undecided_order_is_stored_and_says_so()
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("POST", "breakers/reset", "operator", """{"scope":"cluster","mode":"gradual","reason":"r","by":"ana"}""");
        var answer = await RunningHost.JsonOf(response);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Contains("stored and not decided yet", (string?)answer["next"], StringComparison.Ordinal);
        Assert.Equal("drawn-id", (string?)answer["requestId"]);
    }

    [Theory]
    [InlineData("hold", IncidentOrderKind.Hold)]
    [InlineData("release", IncidentOrderKind.Release)]
    [InlineData("ack", IncidentOrderKind.Ack)]
    public async Task An_incident_s_order_carries_the_id_of_its_route(string verb, IncidentOrderKind kind)
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("POST", $"incidents/i-42/{verb}", "operator", """{"reason":"r","by":"ana"}""");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var order = Assert.IsType<IncidentOrder>(Assert.Single(host.Loop.Accepted));
        Assert.Equal(("i-42", kind), (order.IncidentId, order.Kind));
    }

    [Theory]
    [InlineData(Reason.OrderRefusedUnknownTarget, 404)]
    [InlineData(Reason.OrderRefusedUnknownIncident, 404)]
    [InlineData(Reason.OrderRefusedNothingTripped, 409)]
    [InlineData(Reason.OrderRefusedStillUnhealthy, 409)]
    [InlineData(Reason.OrderRefusedDisabled, 409)]
    [InlineData(Reason.OrderRefusedContradiction, 409)]
    public async Task A_refused_order_says_why(Reason reason, int status)
    {
        await using var host = await RunningHost.StartAsync();
        host.Loop.Decide = signal => Answered(signal, reason, accepted: false);

        using var response = await host.SendAsync("POST", "breakers/trip", "operator", Trip);
        var problem = await RunningHost.JsonOf(response);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal((status, "because of it"), ((int?)problem["status"], (string?)problem["detail"]));
        Assert.StartsWith("urn:sophia-keda-reactor:problem:", (string?)problem["type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_without_an_answer_is_still_a_refusal()
    {
        await using var host = await RunningHost.StartAsync();
        host.Loop.Decide = signal =>
            new Verdict { Key = signal.Key, Accepted = false, Reason = Reason.OrderRefusedUnknownIncident, Because = "there is none" };

        using var response = await host.SendAsync("POST", "incidents/i/ack", "operator", """{"reason":"r","by":"b"}""");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("breakers/trip")]
    [InlineData("breakers/reset")]
    [InlineData("incidents/i/hold")]
    [InlineData("incidents/i/release")]
    [InlineData("incidents/i/ack")]
    public async Task An_order_that_a_foreign_page_could_send_is_refused(string path)
    {
        await using var host = await RunningHost.StartAsync();

        using var noHeader = await host.SendAsync("POST", path, "operator", Trip, request => request.Headers.Remove("X-Reactor-Order"));
        using var form = await host.SendAsync(
            "POST", path, "operator", Trip, request => request.Content!.Headers.ContentType = new("text/plain"));
        using var got = await host.SendAsync("GET", path, "operator");

        Assert.Equal((400, 415, 405), ((int)noHeader.StatusCode, (int)form.StatusCode, (int)got.StatusCode));
        Assert.Contains("X-Reactor-Order: 1", (string?)(await RunningHost.JsonOf(noHeader))["detail"], StringComparison.Ordinal);
        Assert.Equal("POST", got.Content.Headers.Allow.Single());
        Assert.Empty(host.Loop.Accepted);
    }

    [Fact]
    public async Task A_faulty_order_is_told_every_fault_at_once()
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("POST", "breakers/trip", "operator", """{"scope":"target","resaon":"r","by":"b"}""");
        var errors = (await RunningHost.JsonOf(response))["errors"]!.AsArray().Select(error => (string?)error).ToList();

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(4, errors.Count);
        Assert.Contains(errors, error => error!.StartsWith("resaon: unknown member; expected scope, namespace", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_long_order_and_a_store_that_is_down_are_said_plainly()
    {
        await using var host = await RunningHost.StartAsync();

        using var large = await host.SendAsync("POST", "breakers/trip", "operator", new string(' ', 70_000));
        host.Loop.Throw = () => new StoreUnavailableException("gone");
        using var down = await host.SendAsync("POST", "breakers/trip", "operator", Trip);
        host.Loop.Throw = () => new InvalidOperationException("a bug at /secret/path");
        using var bug = await host.SendAsync("POST", "breakers/trip", "operator", Trip);

        Assert.Equal((413, 503, 500), ((int)large.StatusCode, (int)down.StatusCode, (int)bug.StatusCode));
        Assert.DoesNotContain("/secret", await bug.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Verdict Answered(Signal signal, Reason reason, bool accepted) => new()
    {
        Key = signal.Key,
        Accepted = accepted,
        Reason = reason,
        Because = "b",
        Answer = new OrderAnswer
        {
            RequestId = ((Order)signal).RequestId,
            At = RunningHost.Start,
            Accepted = accepted,
            Reason = reason,
            Detail = "because of it",
            IncidentId = "i-1",
            Targets = [new OrderedTarget("mesh", "sophia", BreakerState.Tripping, "pause KEDA")],
            Next = "it will",
        },
    };
}
