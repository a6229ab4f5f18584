using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Events;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>What Azure Monitor and KEDA's events have beyond Alertmanager's webhook.</summary>
public sealed class WaysInTests
{
    private const string CloudEvents = "application/cloudevents+json";

    [Fact]
    public async Task An_alert_of_Azure_Monitor_is_taken_and_its_action_group_is_not_kept_waiting()
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("POST", "alerts/azure-monitor", "sender", Fixture("azure-monitor-fired").Replace("prod-west", "test"));

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("""{"accepted":1,"ignored":[],"next":"1 are stored and not decided yet: GET /api/audit says how once a run has done so."}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(SignalOrigin.AzureMonitor, Assert.IsType<AlertSignal>(Assert.Single(host.Loop.Accepted)).Origin);
        Assert.InRange(host.Loop.Patience!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("alerts/azure-monitor", "azure-monitor")]
    [InlineData("events", "keda")]
    public async Task What_is_not_for_us_is_a_202_with_the_reason_and_leaves_a_record(string path, string actor)
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("POST", path, "sender", Fixture(path == "events" ? "failed" : "azure-monitor-fired"));
        var answer = await RunningHost.JsonOf(response);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Contains("this reactor guards \"test\"", (string?)answer["ignored"]![0]!["because"], StringComparison.Ordinal);
        var record = Assert.Single(host.Store.Audit);
        Assert.Equal((Reason.AlertOtherCluster, $"{actor} (authenticated as key:sender#1)"), (record.Reason, record.Actor));
        Assert.Empty(host.Loop.Accepted);
    }

    [Theory]
    [InlineData("alerts/azure-monitor")]
    [InlineData("events")]
    public async Task What_could_not_be_kept_is_asked_for_again(string path)
    {
        await using var host = await RunningHost.StartAsync();
        var body = (path == "events" ? Event() : JsonNode.Parse(Fixture("azure-monitor-fired").Replace("prod-west", "test"))!).ToJsonString();

        host.Loop.InboxFull = true;
        using var full = await host.SendAsync("POST", path, "sender", body);
        host.Loop.Throw = () => new StoreUnavailableException("disk full at /secret/path");
        using var down = await host.SendAsync("POST", path, "sender", body);

        foreach (var response in (HttpResponseMessage[])[full, down])
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.DoesNotContain("/secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("alerts/azure-monitor", "{", "application/json", 400)]
    [InlineData("alerts/azure-monitor", "{}", "application/json", 400)]
    [InlineData("alerts/azure-monitor", "{}", "text/plain", 415)]
    [InlineData("events", "{", CloudEvents, 400)]
    [InlineData("events", "[]", "application/cloudevents-batch+json", 400)]
    [InlineData("events", "{}", "text/plain", 415)]
    public async Task What_will_never_be_accepted_is_refused_for_good_and_leaves_a_record(string path, string body, string contentType, int status)
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("POST", path, "sender", body, request => request.Content!.Headers.ContentType = new(contentType));

        Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Contains($"refused with {status}", Assert.Single(host.Store.Audit).Text, StringComparison.Ordinal);
        Assert.Empty(host.Loop.Accepted);
    }

    [Theory]
    [InlineData("alerts/azure-monitor", AzureMonitorPayload.MaxBytes)]
    [InlineData("events", EventsPayload.MaxBytes)]
    public async Task A_body_over_the_limit_is_too_large(string path, int limit)
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync("POST", path, "sender", new string(' ', limit + 1));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task A_batch_of_a_thousand_events_is_taken()
    {
        await using var host = await RunningHost.StartAsync();
        var batch = new JsonArray([.. Enumerable.Range(0, 1000).Select(i => Event(e => e["subject"] = $"/test/sophia-mesh/scaledobject/target-{i}"))]);

        using var response = await host.SendAsync("POST", "events", "sender", batch.ToJsonString(),
            request => request.Content!.Headers.ContentType = new("application/cloudevents-batch+json"));

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(1000, (int)(await RunningHost.JsonOf(response))["accepted"]!);
        Assert.Equal(1000, host.Loop.Accepted.Select(signal => signal.Key).Distinct().Count());
    }

    [Fact]
    public async Task KEDA_s_own_sender_has_its_attributes_in_headers_and_its_key_in_the_address()
    {
        await using var host = await RunningHost.StartAsync();
        var sent = Event();

        using var response = await host.SendAsync("POST", $"events?code={RunningHost.KeyOf("sender")}", null, sent["data"]!.ToJsonString(), request =>
        {
            foreach (var name in (string[])["specversion", "id", "source", "type", "subject", "time"])
                request.Headers.Add("ce-" + name, (string?)sent[name]);
        });

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("sophia-ai-services", Assert.IsType<AlertSignal>(Assert.Single(host.Loop.Accepted)).ScaledObject);
    }

    [Fact]
    public async Task Event_Grid_s_question_is_answered_with_its_code_and_its_address_is_never_fetched()
    {
        await using var host = await RunningHost.StartAsync();
        using var elsewhere = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        elsewhere.Start();
        var question = Fixture("subscription-validation").Replace("127.0.0.1:9", elsewhere.LocalEndpoint.ToString());

        using var response = await host.SendAsync("POST", "events", "sender", question, request => request.Headers.Add("aeg-event-type", "SubscriptionValidation"));
        using var stranger = await host.SendAsync("POST", "events", null, question);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (response.StatusCode, stranger.StatusCode));
        Assert.Equal("""{"validationResponse":"3C9F2E71-A5D4-4E1B-9C0E-7F6D5B4A3C2D"}""", await response.Content.ReadAsStringAsync());
        Assert.DoesNotContain("3C9F2E71", await stranger.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(elsewhere.Pending());
        Assert.Empty(host.Loop.Accepted);
    }

    [Fact]
    public async Task A_sender_s_OPTIONS_is_told_that_its_events_are_wanted()
    {
        await using var host = await RunningHost.StartAsync();

        using var asked = await host.SendAsync("OPTIONS", $"events?code={RunningHost.KeyOf("sender")}", null, bend: Ask);
        using var stranger = await host.SendAsync("OPTIONS", "events", null, bend: Ask);
        using var nobody = await host.SendAsync("OPTIONS", "events", "sender");

        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        Assert.Equal("eventgrid.azure.net", Assert.Single(asked.Headers.GetValues("WebHook-Allowed-Origin")));
        Assert.Equal("*", Assert.Single(asked.Headers.GetValues("WebHook-Allowed-Rate")));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest), (stranger.StatusCode, nobody.StatusCode));
        Assert.False(stranger.Headers.Contains("WebHook-Allowed-Origin"));

        static void Ask(HttpRequestMessage request)
        {
            request.Headers.Add("WebHook-Request-Origin", "eventgrid.azure.net");
            request.Headers.Add("WebHook-Request-Callback", "http://127.0.0.1:9/never-to-be-called");
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public async Task No_other_method_is_served_there(string method)
    {
        await using var host = await RunningHost.StartAsync();

        using var response = await host.SendAsync(method, "events", "sender");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task No_key_in_an_address_and_no_bearer_token_is_ever_logged()
    {
        await using var host = await RunningHost.StartAsync();
        var ways = new[] { ("POST", "events"), ("OPTIONS", "events"), ("POST", "alerts/azure-monitor") };
        foreach (var (method, path) in ways)
        {
            using var right = await host.SendAsync(method, $"{path}?code={RunningHost.KeyOf("sender")}", null, "{}");
            using var wrong = await host.SendAsync(method, $"{path}?code=a-wrong-guess-at-it", null, "{}", request => request.Headers.Authorization = new("Bearer", "eyJhbGciOiJub25lIn0.e30."));
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
            Assert.NotEqual(HttpStatusCode.Unauthorized, right.StatusCode);
        }

        host.Loop.Throw = () => new InvalidOperationException("bug");
        using var failed = await host.SendAsync("POST", $"events?code={RunningHost.KeyOf("sender")}", null, Event().ToJsonString());

        Assert.Contains(host.Log, line => line.Contains("bug", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log, line => line.Contains("the-key-of", StringComparison.Ordinal)
            || line.Contains("a-wrong-guess", StringComparison.Ordinal) || line.Contains("eyJ", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Store.Audit, record => record.Text.Contains("the-key-of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bodies_of_any_kind_get_an_answer_and_never_a_fault()
    {
        await using var host = await RunningHost.StartAsync();
        string[] bodies = ["null", "[null]", "[[]]", "[{}]", "\"\\ud800\"", """[{"specversion":"1.0","id":"\ud800","type":5}]""", """{"data":{"essentials":{"alertId":[]}}}""", "{\"a\":" + new string('[', 40)];
        foreach (var path in (string[])["events", "alerts/azure-monitor"])
        {
            foreach (var body in bodies)
            {
                using var response = await host.SendAsync("POST", path, "sender", body);
                Assert.True((int)response.StatusCode is 202 or (>= 400 and < 500), $"{path} {body}: {response.StatusCode}");
            }
        }
    }

    internal static JsonObject Event(Action<JsonObject>? bend = null)
    {
        var made = JsonNode.Parse(Fixture("failed").Replace("prod-west", "test"))!.AsObject();
        bend?.Invoke(made);
        return made;
    }

    private static string Fixture(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, name + ".json"), Encoding.UTF8);
}
