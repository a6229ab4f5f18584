using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class SlackChannelTests : IAsyncLifetime
{
    private const string Secret = "/services/T00000000/B11111111/XXXXsecretXXXX";

    private readonly HttpClient http = PageHttp.Create();
    private LoopbackServer server = null!;

    public async Task InitializeAsync() => server = await LoopbackServer.StartAsync();

    public async Task DisposeAsync()
    {
        http.Dispose();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData(200, "ok", SendStatus.Delivered)]
    [InlineData(200, "OK, but from a proxy", SendStatus.Retry)]
    [InlineData(200, "", SendStatus.Retry)]
    [InlineData(204, "", SendStatus.Retry)]
    [InlineData(301, "", SendStatus.Final)]
    [InlineData(400, "invalid_payload", SendStatus.Final)]
    [InlineData(400, "user_not_found", SendStatus.Final)]
    [InlineData(403, "action_prohibited", SendStatus.Refused)]
    [InlineData(404, "channel_not_found", SendStatus.Refused)]
    [InlineData(404, "no_service", SendStatus.Refused)]
    [InlineData(410, "channel_is_archived", SendStatus.Refused)]
    [InlineData(401, "invalid_token", SendStatus.Refused)]
    [InlineData(408, "", SendStatus.Retry)]
    [InlineData(429, "rate_limited", SendStatus.Retry)]
    [InlineData(500, "rollup_error", SendStatus.Retry)]
    [InlineData(503, "", SendStatus.Retry)]
    public async Task Each_answer_is_taken_for_what_it_means(int status, string body, SendStatus expected)
    {
        server.Answer = context => LoopbackServer.AnswerAsync(context, status, status == 204 ? "" : body);

        var result = await Channel().SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal(expected, result.Status);
        Assert.StartsWith($"{status}", result.Detail);
        if (status >= 400) Assert.Contains(body, result.Detail);
    }

    [Fact]
    public async Task A_wait_in_seconds_or_by_date_is_passed_on()
    {
        server.Answer = context =>
        {
            context.Response.Headers.RetryAfter = "17";
            return LoopbackServer.AnswerAsync(context, 429, "");
        };
        Assert.Equal(TimeSpan.FromSeconds(17), (await Channel().SendAsync(Pages.Full, CancellationToken.None)).RetryAfter);

        server.Answer = context =>
        {
            context.Response.Headers.Date = "Sat, 01 Aug 2026 12:00:00 GMT";
            context.Response.Headers.RetryAfter = "Sat, 01 Aug 2026 12:01:30 GMT";
            return LoopbackServer.AnswerAsync(context, 503, "");
        };
        Assert.Equal(TimeSpan.FromSeconds(90), (await Channel().SendAsync(Pages.Full, CancellationToken.None)).RetryAfter);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        server.Answer = context =>
        {
            context.Response.Headers.Location = server.Url("/elsewhere").ToString();
            return LoopbackServer.AnswerAsync(context, 307, "");
        };

        Assert.Equal(SendStatus.Final, (await Channel().SendAsync(Pages.Full, CancellationToken.None)).Status);
        Assert.Equal(Secret, Assert.Single(server.Requests).Path);
    }

    [Fact]
    public async Task The_address_is_secret_whatever_the_answer_holds()
    {
        server.Answer = context => LoopbackServer.AnswerAsync(context, 404, $"no_service at {server.Url(Secret)} (token xxxxSECRETxxxx)");
        var echoed = await Channel().SendAsync(Pages.Full, CancellationToken.None);
        await server.DisposeAsync();
        var unreachable = await Channel().SendAsync(Pages.Full, CancellationToken.None);

        Assert.Contains("no_service", echoed.Detail);
        Assert.Equal(SendStatus.Retry, unreachable.Status);
        Assert.Contains("could not be reached (ConnectionError)", unreachable.Detail);
        Assert.All([echoed.Detail, unreachable.Detail, Settings().ToString()], text =>
        {
            Assert.DoesNotContain("secret", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("T00000000", text);
        });
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(400, null)]
    [InlineData(405, null)]
    [InlineData(500, null)]
    [InlineData(403, "127.0.0.1 can be reached and answers 403: the webhook URL may be revoked")]
    [InlineData(404, "127.0.0.1 can be reached and answers 404: the webhook URL may be revoked")]
    [InlineData(410, "127.0.0.1 can be reached and answers 410: the webhook URL may be revoked")]
    public async Task A_check_tells_a_webhook_that_is_gone_and_posts_nothing(int status, string? problem)
    {
        server.Answer = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };

        Assert.Equal(problem, await Channel().CheckAsync(CancellationToken.None));

        var asked = Assert.Single(server.Requests);
        Assert.Equal(("HEAD", Secret, ""), (asked.Method, asked.Path, asked.Body));
    }

    [Fact]
    public async Task A_check_of_a_host_that_is_not_there_or_hangs_up_says_so_without_the_address()
    {
        server.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        var hangsUp = await Channel().CheckAsync(CancellationToken.None);
        await server.DisposeAsync();
        var gone = await Channel().CheckAsync(CancellationToken.None);

        Assert.Contains("takes connections and answers no request (", hangsUp);
        Assert.Contains("can't be reached (ConnectionRefused)", gone);
        Assert.All([hangsUp, gone], text => Assert.DoesNotContain("secret", text, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("http://hooks.slack.com/services/secret-a/b")]
    [InlineData("ftp://hooks.slack.com/services/secret-a/b")]
    [InlineData("/services/secret-a/b")]
    public void An_address_without_https_is_refused_without_telling_it(string url)
    {
        var refused = Assert.Throws<ArgumentException>(
            () => new SlackChannel(http, new SlackSettings { WebhookUrl = url }));

        Assert.Contains("https", refused.Message);
        Assert.DoesNotContain("secret", refused.Message);
    }

    [Fact]
    public async Task A_page_says_everything_that_a_human_needs_at_three_in_the_morning()
    {
        var message = await SentAsync(Pages.Full);
        var blocks = message["blocks"]!.AsArray();

        Assert.Equal("🚨 CRITICAL: KEDA's operator is down: 12 workloads moved to CPU scaling", (string?)blocks[0]!["text"]!["text"]);
        Assert.Equal(
            [
                "*What happened*\nIts lease was not renewed for 2 min &lt;keda &amp; co&gt;.",
                "*What the reactor did*\nPaused 12 ScaledObjects.",
                "*What comes next*\nLooks again.\nAt 2026-08-01 12:02:00 UTC.",
                "*What you may do*\nHold or reset.",
                "*Targets (12)*\n" + string.Join('\n', Enumerable.Range(1, 10).Select(n => $"• sophia/worker-{n}: on its fallback")) + "\n+2 more",
            ],
            blocks.Where(block => (string?)block!["type"] == "section").Select(block => (string?)block!["text"]!["text"]));
        Assert.Equal(
            ["cluster *prod*", "incident `incident-7`", "2026-08-01 12:00:00 UTC"],
            blocks[^1]!["elements"]!.AsArray().Select(element => (string?)element!["text"]));
        Assert.StartsWith("[prod] 🚨 CRITICAL: KEDA's operator is down", (string?)message["text"]);
        Assert.StartsWith("application/json", server.Requests.Last().ContentType);
    }

    [Fact]
    public async Task Empty_parts_are_left_out_and_kind_and_severity_show()
    {
        var bare = Pages.Full with { Did = "", Next = "", NextAt = null, YouMay = "", Targets = [], IncidentId = null, Severity = Severity.Warning };

        var update = (await SentAsync(bare with { Kind = PageKind.Update }))["blocks"]!.AsArray();
        var resolve = (await SentAsync(bare with { Kind = PageKind.Resolve }))["blocks"]!.AsArray();

        Assert.Equal(["header", "section", "context"], update.Select(block => (string?)block!["type"]));
        Assert.StartsWith("⚠️ UPDATE (warning): ", (string?)update[0]!["text"]!["text"]);
        Assert.StartsWith("👀 TAKEN OVER: ", (string?)(await SentAsync(bare with { Kind = PageKind.Acknowledge }))["blocks"]![0]!["text"]!["text"]);
        Assert.StartsWith("✅ RESOLVED: ", (string?)resolve[0]!["text"]!["text"]);
        Assert.Contains("no incident", update[^1]!.ToJsonString());
    }

    [Fact]
    public async Task Links_ask_first_and_carry_no_key()
    {
        var told = Pages.Full with { Happened = "see https://grafana.example.org/d/1?a=1&b=2 and http://evil.example/x" };

        var trigger = await SentAsync(told, Pages.Linked);
        var resolve = await SentAsync(told with { Kind = PageKind.Resolve }, Pages.Linked);

        Assert.Equal(
            "<https://reactor.example.org/api/confirm/ack?incident=incident-7|Take it over>  ·  "
            + "<https://reactor.example.org/api/confirm/hold?incident=incident-7|Hold the recovery>  ·  "
            + "<https://reactor.example.org/api/confirm/release?incident=incident-7|Let it go on>  ·  "
            + "<https://reactor.example.org/api/confirm/reset?incident=incident-7|Give back to KEDA>  ·  "
            + "<https://reactor.example.org/api/incidents/incident-7|Why>  ·  "
            + "<https://wiki.example.org/keda?page=1&amp;part=2|Runbook>  ·  "
            + "<https://grafana.example.org/d/1?a=1&amp;b=2|The alert's link to grafana.example.org>",
            (string?)trigger["blocks"]!.AsArray()[^2]!["text"]!["text"]);
        Assert.Contains("and http[:]//evil.example/x", (string?)trigger["blocks"]!.AsArray()[1]!["text"]!["text"]);
        Assert.DoesNotContain("api/confirm", resolve.ToJsonString());
        Assert.Contains("api/incidents/incident-7|Why", resolve.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Pages.Hard), MemberType = typeof(Pages))]
    public async Task No_text_breaks_a_limit_or_gets_out_of_its_place(string text)
    {
        var message = await SentAsync(Pages.Made(text));
        var blocks = message["blocks"]!.AsArray();
        var texts = blocks.SelectMany(block => block!["elements"]?.AsArray().Select(element => element!["text"]) ?? [block["text"]!["text"]])
            .Select(node => (string)node!).ToList();

        Assert.True(texts[0].Length <= 150);
        Assert.All(texts, each => Assert.InRange(each.Length, 1, 3_000));
        Assert.InRange(texts.Sum(each => each.Length), 1_000, 13_200);
        Assert.True(blocks.Count <= 50);
        Assert.InRange(((string)message["text"]!).Length, 100, 400);
        Assert.All(texts, each =>
        {
            Assert.DoesNotMatch("[<>\u202A-\u202E\u2066-\u2069\\x00-\\x08\\x1B]|&(?!amp;|lt;|gt;)", each);
            Assert.DoesNotContain("&…", each);
            // Would throw at half a surrogate pair.
            Assert.Equal(each, new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(new UTF8Encoding(false, true).GetBytes(each)));
        });
        Assert.Contains("…", texts[1]);
    }

    private SlackSettings Settings() => new() { WebhookUrl = server.Url(Secret).AbsoluteUri };

    private SlackChannel Channel() => new(http, Settings());

    private async Task<JsonNode> SentAsync(Page page, LinkSettings? links = null)
    {
        Assert.Equal(SendStatus.Delivered, (await new SlackChannel(http, Settings(), links).SendAsync(page, CancellationToken.None)).Status);
        return JsonNode.Parse(server.Requests.Last().Body)!;
    }
}
