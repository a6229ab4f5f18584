using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class PagerDutyChannelTests : IAsyncLifetime
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private readonly HttpClient http = PageHttp.Create();
    private LoopbackServer server = null!;

    public async Task InitializeAsync()
    {
        server = await LoopbackServer.StartAsync();
        server.Answer = context => LoopbackServer.AnswerAsync(context, 202, """{"status":"success","message":"Event processed","dedup_key":"x"}""");
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData(202, SendStatus.Delivered)]
    [InlineData(200, SendStatus.Retry)]
    [InlineData(302, SendStatus.Final)]
    [InlineData(400, SendStatus.Final)]
    [InlineData(403, SendStatus.Refused)]
    [InlineData(404, SendStatus.Refused)]
    [InlineData(413, SendStatus.Final)]
    [InlineData(429, SendStatus.Retry)]
    [InlineData(500, SendStatus.Retry)]
    [InlineData(502, SendStatus.Retry)]
    public async Task Each_answer_is_taken_for_what_it_means(int status, SendStatus expected)
    {
        server.Answer = context => LoopbackServer.AnswerAsync(context, status, """{"status":"words"}""");

        var result = await Channel().SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal(expected, result.Status);
        Assert.StartsWith($"{status}", result.Detail);
    }

    [Theory]
    [InlineData("""{"status":"invalid event","message":"Invalid routing key"}""", SendStatus.Refused)]
    [InlineData("""{"status":"invalid event","message":"Event object is invalid","errors":["'routing_key' cannot contain non-alphanumeric characters."]}""", SendStatus.Refused)]
    [InlineData("""{"status":"invalid event","message":"Event object is invalid","errors":["'payload.summary' is missing or blank"]}""", SendStatus.Final)]
    public async Task A_400_about_the_key_may_be_cured_by_another_key_and_one_about_the_page_by_nothing(string body, SendStatus expected)
    {
        server.Answer = context => LoopbackServer.AnswerAsync(context, 400, body);

        Assert.Equal(expected, (await Channel().SendAsync(Pages.Full, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_server_that_is_not_there_or_hangs_up_is_tried_again()
    {
        server.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        Assert.Equal(SendStatus.Retry, (await Channel().SendAsync(Pages.Full, CancellationToken.None)).Status);

        await server.DisposeAsync();
        Assert.Equal(SendStatus.Retry, (await Channel().SendAsync(Pages.Full, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_trigger_carries_everything()
    {
        var sent = await SentAsync(Pages.Full with { Targets = ["sophia/a: open", "sophia/b: open"] });

        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse($$"""
                    {
                      "routing_key": "{{Key}}", "event_action": "trigger", "dedup_key": "sophia-keda-reactor/prod/incident-7",
                      "client": "Sophia.Keda.Reactor",
                      "payload": {
                        "summary": "[prod] KEDA's operator is down: 12 workloads moved to CPU scaling",
                        "source": "prod", "severity": "critical", "timestamp": "2026-08-01T12:00:00.0000000Z",
                        "component": "keda", "group": "prod", "class": "operator-unhealthy",
                        "custom_details": {
                          "happened": "Its lease was not renewed for 2 min <keda & co>.", "did": "Paused 12 ScaledObjects.",
                          "next": "Looks again.", "next_at": "2026-08-01 12:02:00 UTC", "you_may": "Hold or reset.",
                          "incident": "incident-7", "targets": ["sophia/a: open", "sophia/b: open"]
                        }
                      }
                    }
                    """),
                sent),
            sent.ToJsonString());
    }

    [Theory]
    [InlineData(PageKind.Trigger, "trigger")]
    [InlineData(PageKind.Update, "trigger")]
    [InlineData(PageKind.Resolve, "resolve")]
    [InlineData(PageKind.Acknowledge, "acknowledge")]
    public async Task All_pages_of_an_incident_share_its_key(PageKind kind, string action)
    {
        var sent = await SentAsync(Pages.Full with { Kind = kind });

        Assert.Equal(action, (string?)sent["event_action"]);
        Assert.Equal(Pages.Full.DedupKey, (string?)sent["dedup_key"]);
        Assert.Equal(kind is PageKind.Acknowledge, sent["payload"] is null);
    }

    [Fact]
    public async Task An_event_links_to_the_incident_and_to_the_pages_that_ask_first()
    {
        var sent = await SentAsync(Pages.Full, Pages.Linked);

        Assert.Equal("https://reactor.example.org/api/incidents/incident-7", (string?)sent["client_url"]);
        Assert.Equal(
            ["Take it over", "Hold the recovery", "Let it go on", "Give back to KEDA", "Why", "Runbook"],
            sent["links"]!.AsArray().Select(link => (string?)link!["text"]));
        Assert.Equal("https://wiki.example.org/keda?page=1&part=2", (string?)sent["links"]!.AsArray()[^1]!["href"]);
    }

    [Theory]
    [InlineData(Severity.Info, "info")]
    [InlineData(Severity.Warning, "warning")]
    [InlineData(Severity.Error, "error")]
    [InlineData(Severity.Critical, "critical")]
    public async Task Severities_have_their_names(Severity severity, string name) =>
        Assert.Equal(name, (string?)(await SentAsync(Pages.Full with { Severity = severity }))["payload"]!["severity"]);

    [Fact]
    public async Task Long_keys_are_shortened_to_the_same_one_each_time_and_stay_apart()
    {
        var begin = new string('k', 300);
        var one = (string?)(await SentAsync(Pages.Full with { DedupKey = begin + "1" }))["dedup_key"];
        var again = (string?)(await SentAsync(Pages.Full with { DedupKey = begin + "1", Kind = PageKind.Resolve }))["dedup_key"];
        var other = (string?)(await SentAsync(Pages.Full with { DedupKey = begin + "2" }))["dedup_key"];

        Assert.Equal(255, one!.Length);
        Assert.Equal(one, again);
        Assert.NotEqual(one, other);
    }

    [Theory]
    [MemberData(nameof(Pages.Hard), MemberType = typeof(Pages))]
    public async Task No_text_breaks_a_limit(string text)
    {
        var sent = await SentAsync(Pages.Made(text));

        Assert.InRange(((string)sent["payload"]!["summary"]!).Length, 1_000, 1_024);
        Assert.True(((string)sent["dedup_key"]!).Length <= 255);
        Assert.True(Encoding.UTF8.GetByteCount(server.Requests.Last().Body) <= 512 * 1024);
        Assert.Equal("+4900 more", (string?)sent["payload"]!["custom_details"]!["targets"]!.AsArray()[^1]);
    }

    [Fact]
    public async Task The_routing_key_is_secret_whatever_the_answer_holds()
    {
        server.Answer = context => LoopbackServer.AnswerAsync(context, 400, $$"""{"errors":["'routing_key' {{Key}} is invalid"]}""");

        var result = await Channel().SendAsync(Pages.Full, CancellationToken.None);

        Assert.Contains("'routing_key' *** is invalid", result.Detail);
        Assert.DoesNotContain(Key, result.Detail);
        Assert.DoesNotContain(Key, Settings().ToString());
    }

    [Theory]
    [InlineData("too-short", "https://events.pagerduty.com/v2/enqueue")]
    [InlineData(Key, "http://events.pagerduty.com/v2/enqueue")]
    public void Settings_that_can_not_work_are_refused_without_telling_the_key(string key, string url)
    {
        var refused = Assert.Throws<ArgumentException>(
            () => new PagerDutyChannel(http, new PagerDutySettings { RoutingKey = key, Url = new Uri(url) }));

        Assert.Contains("PagerDuty's", refused.Message);
        Assert.DoesNotContain(key, refused.Message);
    }

    private PagerDutySettings Settings() => new() { RoutingKey = Key, Url = server.Url("/v2/enqueue") };

    private PagerDutyChannel Channel() => new(http, Settings());

    private async Task<JsonNode> SentAsync(Page page, LinkSettings? links = null)
    {
        Assert.Equal(SendStatus.Delivered, (await new PagerDutyChannel(http, Settings(), links).SendAsync(page, CancellationToken.None)).Status);
        return JsonNode.Parse(server.Requests.Last().Body)!;
    }
}
