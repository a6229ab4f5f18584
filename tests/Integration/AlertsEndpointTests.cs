using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class AlertsEndpointTests
{
    private const string Foreign = """{"status":"firing","labels":{"alertname":"Foreign"},"startsAt":"2026-08-01T09:59:00Z","fingerprint":"ff"}""";

    [Fact]
    public async Task What_was_decided_is_answered_and_what_was_not_is_said_to_come()
    {
        await using var host = await RunningHost.StartAsync();
        host.Loop.Decide = signal => ((AlertSignal)signal).Fingerprint switch
        {
            "a1" => Verdict(signal, accepted: true, "opened incident i-1", "i-1"),
            "a2" => Verdict(signal, accepted: false, "it is a repeat", null),
            _ => null,
        };

        using var response = await host.SendAsync("POST", "alerts", "sender", Body(Alert("a1"), Alert("a2"), Alert("a3"), Foreign));
        var answer = await RunningHost.JsonOf(response);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(["a1", "a2", "a3"], host.Loop.Accepted.Select(signal => ((AlertSignal)signal).Fingerprint));
        Assert.Equal("""
            {"accepted":2,"ignored":[{"fingerprint":"ff","alertname":"Foreign","because":"no cause is configured for an alert of this name"},{"fingerprint":"a2","alertname":"KEDAOperatorDown","because":"it is a repeat"}],"incident":["i-1"],"truncated":5,"next":"1 are stored and not decided yet: GET /api/audit says how once a run has done so."}
            """.Trim(), answer.ToJsonString());
    }

    [Fact]
    public async Task Ignored_alerts_leave_one_audit_record_for_each_reason()
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("POST", "alerts", "sender", Body(Foreign, Foreign.Replace("ff", "fe"), """{"labels":{}}"""));

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Empty(host.Loop.Accepted);
        Assert.Equal([(Reason.AlertUnknownName, "2"), (Reason.AlertInvalid, "1")],
            host.Store.Audit.Select(record => (record.Reason, record.Facts["count"])));
        Assert.All(host.Store.Audit, record => Assert.Equal("alertmanager (authenticated as key:sender#1)", record.Actor));
    }

    [Fact]
    public async Task What_could_not_be_kept_is_asked_for_again()
    {
        await using var host = await RunningHost.StartAsync();

        host.Loop.InboxFull = true;
        using var full = await host.SendAsync("POST", "alerts", "sender", Body(Alert("a1")));
        host.Loop.Throw = () => new StoreUnavailableException("disk full at /secret/path");
        using var down = await host.SendAsync("POST", "alerts", "sender", Body(Alert("a1")));

        foreach (var response in (HttpResponseMessage[])[full, down])
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.DoesNotContain("/secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{", "application/json", 400)]
    [InlineData("""{"version":"4","alerts":[]}""", "application/json", 400)]
    [InlineData("""{"version":"4","alerts":[{}]}""", "text/plain", 415)]
    [InlineData("alerts=x", "application/x-www-form-urlencoded", 415)]
    public async Task What_will_never_be_accepted_is_refused_for_good(string body, string contentType, int status)
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync(
            "POST", "alerts", "sender", body, request => request.Content!.Headers.ContentType = new(contentType));

        Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Empty(host.Loop.Accepted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_too_large_whether_it_says_so_or_not(bool says)
    {
        await using var host = await RunningHost.StartAsync(more: Patient);

        using var response = await host.SendAsync("POST", "alerts", "sender", bend: request =>
        {
            request.Content = new ByteArrayContent(new byte[AlertmanagerPayload.MaxBytes + 1]);
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.ExpectContinue = says;
            request.Headers.TransferEncodingChunked = !says;
        });

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("Body too large", (string?)(await RunningHost.JsonOf(response))["title"]);
    }

    [Fact]
    public async Task A_large_notification_is_taken()
    {
        await using var host = await RunningHost.StartAsync(more: Patient);

        using var response = await host.SendAsync(
            "POST", "alerts", "sender", Body([.. Enumerable.Range(0, 5000).Select(i => Alert($"a{i}", new string('x', 2000)))]));

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(5000, host.Loop.Accepted.Count);
    }

    private static Verdict Verdict(Signal signal, bool accepted, string because, string? incident) =>
        new() { Key = signal.Key, Accepted = accepted, Reason = accepted ? Reason.AlertAccepted : Reason.AlertDuplicate, Because = because,
            IncidentId = incident };

    private static string Alert(string fingerprint, string filling = "") => new JsonObject
    {
        ["status"] = "firing",
        ["labels"] = new JsonObject { ["alertname"] = "KEDAOperatorDown" },
        ["annotations"] = new JsonObject { ["filling"] = filling },
        ["startsAt"] = "2026-08-01T09:59:00Z",
        ["endsAt"] = "0001-01-01T00:00:00Z",
        ["fingerprint"] = fingerprint,
    }.ToJsonString();

    private static string Body(params string[] alerts) => $$"""{"version":"4","status":"firing","truncatedAlerts":5,"alerts":[{{string.Join(',', alerts)}}]}""";

    /// <summary>A busy machine may need longer for megabytes than a request may take.</summary>
    private static void Patient(IServiceCollection services) => services.AddSingleton(new RequestTime(new ManualTime(RunningHost.Start)));
}
