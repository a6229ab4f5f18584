using System.Text;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Orders;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Contracts.Tests.Orders;

public sealed class OrderPayloadTests
{
    private static readonly OrderContext Context = new("key:operator#1", new DateTimeOffset(2026, 8, 1, 10, 0, 0, TimeSpan.Zero), "fresh");

    [Fact]
    public void A_trip_order_says_everything_it_was_told()
    {
        var order = Good(OrderPayload.Trip, """
            {"scope":"target","namespace":"sophia-mesh","name":"sophia.analytics","reason":"KEDA upgrade","by":"ana","action":"replicas","replicas":7,"duration":"1h30m","requestId":"r1"}
            """);

        Assert.Equal(
            new TripOrder
            {
                Key = "order/r1",
                ReceivedAt = Context.Now,
                RequestId = "r1",
                Reason = "KEDA upgrade",
                By = "ana",
                Principal = "key:operator#1",
                Selection = new Selection(Scope.Target, "sophia-mesh", "sophia.analytics"),
                Action = FallbackAction.Replicas,
                Replicas = 7,
                Duration = TimeSpan.FromMinutes(90),
            },
            order);
    }

    [Fact]
    public void An_order_without_an_id_gets_a_fresh_one() =>
        Assert.Equal("fresh", Good(OrderPayload.Reset, """{"scope":"cluster","mode":"immediate","reason":"r","by":"b"}""").RequestId);

    [Theory]
    [InlineData("\"min\":9", null, null, 9)]
    [InlineData("\"min\":9,\"action\":\"cpu\"", FallbackAction.Cpu, null, 9)]
    [InlineData("\"replicas\":9", FallbackAction.Replicas, 9, null)]
    public void A_trip_order_may_ask_for_more_replicas(string members, FallbackAction? action, int? replicas, int? min)
    {
        var order = Good(OrderPayload.Trip, $$"""{"scope":"cluster","reason":"r","by":"b",{{members}}}""");

        Assert.Equal((action, replicas, min, 9), (order.Action, order.Replicas, order.Min, order.Least));
    }

    [Fact]
    public void A_reset_may_name_one_incident()
    {
        var order = Assert.IsType<IncidentResetOrder>(Good(OrderPayload.Reset, """{"scope":"incident","incident":"i-1","mode":"immediate","reason":"r","by":"b"}"""));

        Assert.Equal(("i-1", ResetMode.Immediate), (order.IncidentId, order.Mode));
        Assert.IsType<ResetOrder>(Good(OrderPayload.Reset, """{"scope":"cluster","mode":"immediate","reason":"r","by":"b"}"""));
    }

    [Fact]
    public void An_incident_order_names_its_incident_and_kind()
    {
        var order = Good((body, context) => OrderPayload.Incident(body, "i-1", IncidentOrderKind.Release, context), """{"reason":"r","by":"b"}""");

        Assert.Equal(("i-1", IncidentOrderKind.Release), (order.IncidentId, order.Kind));
    }

    [Theory]
    [InlineData("""{"scope":"cluster","namespace":"a","reason":"r","by":"b"}""", "namespace: contradicts scope cluster")]
    [InlineData("""{"scope":"namespace","namespace":"a","name":"n","reason":"r","by":"b"}""", "name: contradicts scope namespace")]
    [InlineData("""{"scope":"target","namespace":"a","reason":"r","by":"b"}""", "name: missing")]
    [InlineData("""{"scope":"namespace","reason":"r","by":"b"}""", "namespace: missing")]
    [InlineData("""{"scope":"galaxy","reason":"r","by":"b"}""", "scope: found \"galaxy\"; expected target | namespace | cluster")]
    [InlineData("""{"scope":"Cluster","reason":"r","by":"b"}""", "scope: found \"Cluster\"")]
    [InlineData("""{"scope":2,"reason":"r","by":"b"}""", "scope: found 2")]
    [InlineData("""{"reason":"r","by":"b"}""", "scope: missing")]
    [InlineData("""{"scope":"cluster","by":"b"}""", "reason: missing")]
    [InlineData("""{"scope":"cluster","reason":" ","by":"b"}""", "reason: empty")]
    [InlineData("""{"scope":"cluster","reason":"r","by":null}""", "by: missing")]
    [InlineData("""{"scope":"cluster","reason":"r\nForged: line","by":"b"}""", "reason: holds control characters")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","duration":"5"}""", "duration: found \"5\"")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","duration":"0s"}""", "duration: found \"0s\"")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","duration":"31d"}""", "at most 30d")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","duration":15}""", "duration: found number")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","duration":"5m","hold":true}""", "contradict each other")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","hold":"yes"}""", "hold: found \"yes\"")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","action":"replicas"}""", "replicas: missing")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","action":"cpu","replicas":3}""", "replicas: only goes with")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","min":0}""", "min: found 0; expected a whole number from 1 to 10000")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","min":5,"replicas":7}""", "min, replicas: contradict each other")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","min":5,"action":"freeze"}""", "min: only goes with action cpu")]
    [InlineData("""{"scope":"incident","incident":"i-1","reason":"r","by":"b"}""", "scope: found \"incident\"")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","action":"replicas","replicas":0}""", "from 1 to 10000")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","action":"replicas","replicas":1.5}""", "found 1.5")]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b","dryRun":true}""", "dryRun: unknown member; expected scope, namespace")]
    [InlineData("""{"scope":"cluster","scope":"target","reason":"r","by":"b"}""", "scope: given twice")]
    [InlineData("""{"scope":"namespace","namespace":"../x","reason":"r","by":"b"}""", "namespace: no Kubernetes namespace name")]
    public void A_faulty_trip_order_is_told_its_fault(string body, string fault)
    {
        var refusal = Bad(OrderPayload.Trip, body);

        Assert.Equal(400, refusal.Status);
        Assert.Contains(refusal.Errors, error => error.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"scope":"cluster","reason":"r","by":"b"}""", "mode: missing")]
    [InlineData("""{"scope":"cluster","mode":"fast","reason":"r","by":"b"}""", "expected gradual | immediate")]
    [InlineData("""{"scope":"cluster","mode":"gradual","action":"cpu","reason":"r","by":"b"}""", "action: unknown member")]
    [InlineData("""{"scope":"incident","mode":"gradual","reason":"r","by":"b"}""", "incident: missing")]
    [InlineData("""{"scope":"cluster","incident":"i-1","mode":"gradual","reason":"r","by":"b"}""", "incident: contradicts scope cluster")]
    [InlineData("""{"scope":"incident","incident":"i-1","namespace":"a","mode":"gradual","reason":"r","by":"b"}""", "namespace: contradicts scope incident")]
    [InlineData("""{"scope":"incident","incident":"i-1","name":"a","mode":"gradual","reason":"r","by":"b"}""", "name: contradicts scope incident")]
    [InlineData("""{"scope":"galaxy","mode":"gradual","reason":"r","by":"b"}""", "expected target | namespace | cluster | incident")]
    public void A_faulty_reset_order_is_told_its_fault(string body, string fault) =>
        Assert.Contains(Bad(OrderPayload.Reset, body).Errors, error => error.Contains(fault, StringComparison.Ordinal));

    [Theory]
    [InlineData("")]
    [InlineData("scope=cluster")]
    [InlineData("[]")]
    [InlineData("\"cluster\"")]
    [InlineData("""{"scope":"cluster","reason":"\ud800","by":"b"}""")]
    [InlineData("""{"\ud800":"cluster"}""")]
    public void A_body_that_is_no_order_is_refused(string body) => Assert.Equal(400, Bad(OrderPayload.Trip, body).Status);

    [Fact]
    public void Every_fault_is_named_at_once() =>
        Assert.Equal(4, Bad(OrderPayload.Trip, """{"scope":"target","duration":"soon","by":"b"}""").Errors.Length);

    private static T Good<T>(Func<ReadOnlyMemory<byte>, OrderContext, Reading<T>> parse, string body)
        where T : Order
    {
        Assert.True(parse(Encoding.UTF8.GetBytes(body), Context).Succeeded(out var order, out var refusal),
            string.Join("; ", refusal?.Errors ?? []));
        return order!;
    }

    private static Refusal Bad<T>(Func<ReadOnlyMemory<byte>, OrderContext, Reading<T>> parse, string body)
        where T : Order
    {
        Assert.False(parse(Encoding.UTF8.GetBytes(body), Context).Succeeded(out _, out var refusal));
        return refusal!;
    }
}
