using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Receivers;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class ReceiverTests
{
    private const string Trigger = """{"routing_key":"0123456789abcdef0123456789abcdef","event_action":"trigger","dedup_key":"k1","payload":{"summary":"KEDA operator is down","source":"prod","severity":"critical"}}""";

    [Fact]
    public async Task Slack_answers_ok_and_the_page_shows_the_words()
    {
        await using var host = await ReceiverHost.StartAsync(TimeProvider.System);
        using var client = new HttpClient();
        using var answer = await Post(client, host.SlackUrl, """{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"moved 3 targets &lt;now&gt;"}}]}""");
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
        using var bad = await Post(client, host.SlackUrl, "not json");
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Contains("moved 3 targets &lt;now&gt;", await client.GetStringAsync(host.Address), StringComparison.Ordinal);
        var received = JsonNode.Parse(await client.GetStringAsync(new Uri(host.Address, "received.json")))!.AsArray();
        Assert.Equal([200, 400], received.Select(m => m.Whole("answeredWith")!.Value));
    }

    [Fact]
    public async Task Pager_duty_accepts_a_good_event_and_says_what_is_wrong_with_a_bad_one()
    {
        await using var host = await ReceiverHost.StartAsync(TimeProvider.System);
        using var client = new HttpClient();
        using var good = await Post(client, host.PagerDutyUrl, Trigger);
        Assert.Equal(HttpStatusCode.Accepted, good.StatusCode);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"status":"success","message":"Event processed","dedup_key":"k1"}"""), JsonNode.Parse(await good.Content.ReadAsStringAsync())));
        foreach (var (from, to) in new[]
        {
            ("critical", "bad"), ("\"k1\"", $"\"{new string('x', 256)}\""), ("KEDA operator is down", new string('x', 1025)),
            ("\"source\":\"prod\",", ""), ("0123456789abcdef0123456789abcdef", "short"), ("\"trigger\"", "\"explode\""),
        })
        {
            using var bad = await Post(client, host.PagerDutyUrl, Trigger.Replace(from, to));
            Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        }
    }

    [Fact]
    public async Task A_webhook_takes_any_object_and_the_page_shows_its_members()
    {
        await using var host = await ReceiverHost.StartAsync(TimeProvider.System);
        using var client = new HttpClient();
        using var good = await Post(client, host.WebhookUrl, """{"title":"moved <3> targets","targets":["a","b"]}""");
        using var bad = await Post(client, host.WebhookUrl, "no");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (good.StatusCode, bad.StatusCode));
        Assert.Contains("title: moved &lt;3&gt; targets", await client.GetStringAsync(host.Address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_fails_as_often_as_it_is_told()
    {
        await using var host = await ReceiverHost.StartAsync(TimeProvider.System);
        using var client = new HttpClient();
        host.Log.Fail("pagerduty", new ChannelFailure(429, "slow down", 1, TimeSpan.FromSeconds(7)));
        using var first = await Post(client, host.PagerDutyUrl, Trigger);
        Assert.Equal(TimeSpan.FromSeconds(7), first.Headers.RetryAfter!.Delta);
        using var second = await Post(client, host.PagerDutyUrl, Trigger);
        Assert.Equal(HttpStatusCode.Accepted, second.StatusCode);
        Assert.Equal([429, 202], host.Log.All().Select(m => m.AnsweredWith));
    }

    private static Task<HttpResponseMessage> Post(HttpClient client, Uri to, string body) =>
        client.PostAsync(to, new StringContent(body, Encoding.UTF8, "application/json"));
}
