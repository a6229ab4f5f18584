using System.Net;
using System.Security.Cryptography;
using System.Text;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class PagerDutyWebhookEndpointTests
{
    private const string Secret = "the-secret-of-the-subscription";

    private static readonly Dictionary<string, string?> Settings = new(RunningHost.Keys)
    {
        ["Pages:PagerDuty:RoutingKey"] = new string('a', 32),
        ["Pages:PagerDuty:WebhookSecret"] = Secret,
    };

    [Fact]
    public async Task An_acknowledgement_in_PagerDuty_is_an_order_without_any_key_of_ours()
    {
        await using var host = await RunningHost.StartAsync(Settings);

        using var response = await SendAsync(host, Event("incident.acknowledged"), Secret);
        var answer = await RunningHost.JsonOf(response);

        Assert.Equal((HttpStatusCode.Accepted, true, "i-7"), (response.StatusCode, (bool)answer["accepted"]!, (string?)answer["incident"]));
        var order = Assert.IsType<IncidentOrder>(Assert.Single(host.Loop.Accepted));
        Assert.Equal(("i-7", IncidentOrderKind.Ack, "pagerduty: Ana"), (order.IncidentId, order.Kind, order.By));
    }

    [Fact]
    public async Task A_refused_order_and_another_event_are_answered_as_taken_so_that_PagerDuty_goes_on_telling()
    {
        await using var host = await RunningHost.StartAsync(Settings);
        host.Loop.Decide = signal => new Verdict { Key = signal.Key, Accepted = false, Reason = Reason.OrderRefusedUnknownIncident, Because = "There is no incident i-7." };

        using var refused = await SendAsync(host, Event("incident.acknowledged"), Secret);
        using var other = await SendAsync(host, Event("incident.resolved"), Secret);

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (refused.StatusCode, other.StatusCode));
        Assert.Equal("""{"accepted":false,"because":"There is no incident i-7."}""", await refused.Content.ReadAsStringAsync());
        Assert.StartsWith("""{"accepted":false,"because":"events of type incident.resolved mean nothing here""", await other.Content.ReadAsStringAsync());
        Assert.Single(host.Loop.Accepted);
    }

    [Fact]
    public async Task A_forged_event_does_nothing_whatever_key_it_shows()
    {
        await using var host = await RunningHost.StartAsync(Settings);

        using var unsigned = await host.SendAsync("POST", "pagerduty", "operator", Event("incident.acknowledged"));
        using var forged = await SendAsync(host, Event("incident.acknowledged"), "another-secret-of-length");
        using var changed = await SendAsync(host, Event("incident.acknowledged"), Secret, sent: Event("incident.acknowledged").Replace("i-7", "i-8"));

        Assert.All([unsigned, forged, changed], response => Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode));
        Assert.Empty(host.Loop.Accepted);
        Assert.DoesNotContain(host.Log, line => line.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_could_not_be_kept_is_sent_again()
    {
        await using var host = await RunningHost.StartAsync(Settings);
        host.Loop.InboxFull = true;
        using var full = await SendAsync(host, Event("incident.acknowledged"), Secret);
        host.Loop.Throw = () => new StoreUnavailableException("down");
        using var down = await SendAsync(host, Event("incident.acknowledged"), Secret);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (full.StatusCode, down.StatusCode));
    }

    [Fact]
    public async Task Without_a_secret_nothing_is_believed()
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await SendAsync(host, Event("incident.acknowledged"), "");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("Pages:PagerDuty:WebhookSecret is not set", await response.Content.ReadAsStringAsync());
    }

    private static Task<HttpResponseMessage> SendAsync(RunningHost host, string signed, string secret, string? sent = null)
    {
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(signed)));
        return host.SendAsync("POST", "pagerduty", null, sent ?? signed, request => request.Headers.Add("X-PagerDuty-Signature", $"v1={signature}"));
    }

    private static string Event(string type) =>
        $$$"""{"event":{"id":"01EVENT","event_type":"{{{type}}}","agent":{"type":"user_reference","summary":"Ana"},"data":{"incident_key":"sophia-keda-reactor/test/i-7"} } }""";
}
