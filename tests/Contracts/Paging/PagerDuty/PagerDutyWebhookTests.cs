using System.Security.Cryptography;
using System.Text;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging.PagerDuty;

public sealed class PagerDutyWebhookTests
{
    private const string Secret = "the-secret-of-the-subscription";

    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"event":{}}""");

    [Fact]
    public void One_fitting_signature_of_several_is_enough()
    {
        var (right, wrong) = ($"v1={Hex(Secret)}", $"v1={Hex("another-secret-of-length")}");

        Assert.True(IsSigned(right));
        Assert.True(IsSigned(right.ToUpperInvariant().Replace("V1=", "v1=", StringComparison.Ordinal)));
        Assert.True(IsSigned($"{wrong},{right}"));
        Assert.True(IsSigned($"v0=abc, {right}"));
        Assert.True(PagerDutyWebhook.IsSigned(wrong, Body, new SecretPair(new Secret(Secret), new Secret("another-secret-of-length"))));
    }

    [Fact]
    public void Everything_else_is_a_forgery()
    {
        var right = Hex(Secret);
        string[] forged = ["", "v1=", right, $"v2={right}", $"v1={right[..^2]}", $"v1={right}00", $"v1={new string('g', 64)}", $"v1={Hex("another-secret-of-length")}", "v1=" + new string('0', 64)];

        Assert.All(forged, header => Assert.False(IsSigned(header)));
        Assert.False(PagerDutyWebhook.IsSigned($"v1={right}", [.. Body, (byte)' '], Secret));
        Assert.False(PagerDutyWebhook.IsSigned($"v1={right}", Body, new LiveSecret(() => null)));
    }

    [Fact]
    public void A_person_s_acknowledgement_is_an_order_that_is_the_same_however_often_it_comes()
    {
        var order = Read(Event()).Order!;

        Assert.Equal(
            ("order/pagerduty-01EVENT", "pagerduty-01EVENT", "20260801-120000-operator-unhealthy", IncidentOrderKind.Ack),
            (order.Key, order.RequestId, order.IncidentId, order.Kind));
        Assert.Equal("pagerduty: Ana Ö (claimed; authenticated as PagerDuty's signature)", order.Actor);
        Assert.Equal(order, Read(Event()).Order);
        Assert.NotEqual(order.Key, Read(Event(id: "02EVENT")).Order!.Key);
    }

    [Theory]
    [InlineData("incident.triggered", "user_reference", "sophia-keda-reactor/prod/i", "incident.triggered mean nothing here")]
    [InlineData("incident.resolved", "user_reference", "sophia-keda-reactor/prod/i", "incident.resolved mean nothing here")]
    [InlineData("pagey.ping", "user_reference", "sophia-keda-reactor/prod/i", "pagey.ping mean nothing here")]
    [InlineData("incident.acknowledged", "generic_events_api_inbound_integration_reference", "sophia-keda-reactor/prod/i", "no person")]
    [InlineData("incident.acknowledged", "", "sophia-keda-reactor/prod/i", "no person")]
    [InlineData("incident.acknowledged", "user_reference", "sophia-keda-reactor/staging/i", "not of this reactor, where it begins with sophia-keda-reactor/prod/")]
    [InlineData("incident.acknowledged", "user_reference", "d3640fbd41094207a1c11e58e46b1662", "not of this reactor")]
    [InlineData("incident.acknowledged", "user_reference", "", "not of this reactor")]
    [InlineData("incident.acknowledged", "user_reference", "sophia-keda-reactor/prod/", "notice without an incident")]
    [InlineData("incident.acknowledged", "user_reference", "sophia-keda-reactor/prod/blind/20260801T120000", "notice without an incident")]
    public void Anything_else_is_ignored_with_the_reason(string type, string agent, string key, string because)
    {
        var news = Read(Event(type, agent, key));

        Assert.Null(news.Order);
        Assert.Contains(because, news.Because);
    }

    [Fact]
    public void A_name_can_not_bring_more_than_a_name()
    {
        var order = Read(Event().Replace("Ana Ö", $"\\u202E<b>\\n{new string('x', 500)}", StringComparison.Ordinal)).Order!;

        Assert.InRange(order.By.Length, 50, 100);
        Assert.DoesNotContain(order.By, char.IsControl);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"event":[]}""")]
    [InlineData("""{"event":{}}""")]
    [InlineData("""{"event":{"id":7,"event_type":"incident.acknowledged"}}""")]
    [InlineData("""{"event":{"id":"a\nb","event_type":"incident.acknowledged"}}""")]
    [InlineData("""{"messages":[{"type":"incident.acknowledge"}]}""")]
    [InlineData("{\"event\":{\"id\":\"\\uD83D\",\"event_type\":\"x\"}}")]
    public void What_is_no_event_is_refused_for_good(string body)
    {
        Assert.False(PagerDutyWebhook.Read(Encoding.UTF8.GetBytes(body), "prod", Pages.Noon).Succeeded(out _, out var refusal));
        Assert.Equal(400, refusal.Status);
    }

    private static PagerDutyNews Read(string body)
    {
        Assert.True(PagerDutyWebhook.Read(Encoding.UTF8.GetBytes(body), "prod", Pages.Noon).Succeeded(out var news, out _));
        return news;
    }

    private static string Event(string type = "incident.acknowledged", string agent = "user_reference", string key = "sophia-keda-reactor/prod/20260801-120000-operator-unhealthy", string id = "01EVENT") =>
        $$$"""
        {"event":{"id":"{{{id}}}","event_type":"{{{type}}}","resource_type":"incident","occurred_at":"2026-08-01T12:01:00.123Z",
          "agent":{"id":"PUSER01","type":"{{{agent}}}","summary":"Ana Ö","html_url":"https://example.pagerduty.com/users/PUSER01"},"client":null,
          "data":{"id":"PINCID1","type":"incident","number":7,"status":"acknowledged","incident_key":"{{{key}}}","title":"down"} } }
        """;

    private static bool IsSigned(string header) => PagerDutyWebhook.IsSigned(header, Body, Secret);

    private static string Hex(string secret) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Body));
}
