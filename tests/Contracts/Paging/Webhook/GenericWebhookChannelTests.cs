using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Paging.Channels.Webhook;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging.Webhook;

public sealed class GenericWebhookChannelTests : IAsyncLifetime
{
    private const string Key = "the-signing-key-of-length";

    private readonly HttpClient http = PageHttp.Create();
    private LoopbackServer server = null!;

    public async Task InitializeAsync()
    {
        server = await LoopbackServer.StartAsync();
        server.Answer = context => LoopbackServer.AnswerAsync(context, 204, "");
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData(200, SendStatus.Delivered)]
    [InlineData(201, SendStatus.Delivered)]
    [InlineData(202, SendStatus.Delivered)]
    [InlineData(204, SendStatus.Delivered)]
    [InlineData(301, SendStatus.Final)]
    [InlineData(307, SendStatus.Final)]
    [InlineData(400, SendStatus.Final)]
    [InlineData(401, SendStatus.Refused)]
    [InlineData(403, SendStatus.Refused)]
    [InlineData(404, SendStatus.Refused)]
    [InlineData(410, SendStatus.Refused)]
    [InlineData(413, SendStatus.Final)]
    [InlineData(408, SendStatus.Retry)]
    [InlineData(425, SendStatus.Retry)]
    [InlineData(429, SendStatus.Retry)]
    [InlineData(500, SendStatus.Retry)]
    [InlineData(503, SendStatus.Retry)]
    public async Task Each_answer_is_taken_for_what_it_means(int status, SendStatus expected)
    {
        server.Answer = context =>
        {
            context.Response.Headers.RetryAfter = "21";
            return LoopbackServer.AnswerAsync(context, status, "");
        };

        var result = await Channel().SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal((expected, expected == SendStatus.Retry ? TimeSpan.FromSeconds(21) : null), (result.Status, result.RetryAfter));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Without_a_template_the_body_is_the_whole_page()
    {
        await Channel().SendAsync(Pages.Full with { Targets = ["sophia/a: on its fallback"] }, CancellationToken.None);

        var expected = JsonNode.Parse("""
            {
              "id": "page-1", "kind": "trigger", "dedupKey": "sophia-keda-reactor/prod/incident-7", "incident": "incident-7", "cluster": "prod",
              "severity": "critical", "cause": "operator-unhealthy", "at": "2026-08-01T12:00:00Z",
              "title": "KEDA's operator is down: 12 workloads moved to CPU scaling", "happened": "Its lease was not renewed for 2 min <keda & co>.",
              "did": "Paused 12 ScaledObjects.", "next": "Looks again.", "nextAt": "2026-08-01T12:02:00Z", "youMay": "Hold or reset.",
              "targets": ["sophia/a: on its fallback"], "targetCount": 1,
              "links": [
                {"text": "Take it over", "url": "https://reactor.example.org/api/confirm/ack?incident=incident-7"},
                {"text": "Hold the recovery", "url": "https://reactor.example.org/api/confirm/hold?incident=incident-7"},
                {"text": "Let it go on", "url": "https://reactor.example.org/api/confirm/release?incident=incident-7"},
                {"text": "Give back to KEDA", "url": "https://reactor.example.org/api/confirm/reset?incident=incident-7"},
                {"text": "Why", "url": "https://reactor.example.org/api/incidents/incident-7"},
                {"text": "Runbook", "url": "https://wiki.example.org/keda?page=1&part=2"}
              ]
            }
            """);
        var sent = JsonNode.Parse(server.Requests.Single().Body)!;
        Assert.True(JsonNode.DeepEquals(expected, sent), sent.ToJsonString());
        Assert.Equal(WebhookPage.Names.AsEnumerable(), sent.AsObject().Select(member => member.Key));
        Assert.StartsWith("application/json", server.Requests.Single().ContentType);
    }

    [Fact]
    public async Task A_receiver_can_tell_who_sent_it_and_which_page_it_is()
    {
        await Channel(Key).SendAsync(Pages.Full, CancellationToken.None);
        await Channel().SendAsync(Pages.Full, CancellationToken.None);
        var (one, unsigned) = (server.Requests.ElementAt(0), server.Requests.ElementAt(1));

        Assert.Equal(("1785585600", "page-1"), (one.Headers["X-Reactor-Timestamp"], one.Headers["Idempotency-Key"]));
        Assert.Equal($"v1={Signature(Key, one)}", one.Headers["X-Reactor-Signature"]);
        Assert.DoesNotContain("X-Reactor-Signature", unsigned.Headers.Keys);
    }

    [Theory]
    [InlineData("an id\r\nX-Other: header")]
    [InlineData("שלום")]
    public async Task An_id_that_no_header_may_hold_is_told_by_its_hash(string id)
    {
        await Channel().SendAsync(Pages.Full with { Id = id }, CancellationToken.None);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id))), server.Requests.Single().Headers["Idempotency-Key"]);
        Assert.DoesNotContain("X-Other", server.Requests.Single().Headers.Keys);
    }

    [Fact]
    public async Task A_new_address_and_a_new_key_count_for_the_next_page()
    {
        var (url, key) = (new SecretPair(new Secret(server.Url("/old").AbsoluteUri)), new SecretPair(new Secret(Key)));
        var settings = new GenericWebhookSettings { Url = new LiveSecret(() => url), SigningKey = new LiveSecret(() => key) };
        var channel = new GenericWebhookChannel(http, settings, TimeProvider.System);
        await channel.SendAsync(Pages.Full, CancellationToken.None);
        var before = channel.Credential;

        (url, key) = (new SecretPair(new Secret(server.Url("/new").AbsoluteUri)), new SecretPair(new Secret("another-signing-key")));
        await channel.SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal(["/old", "/new"], server.Requests.Select(request => request.Path));
        Assert.Equal($"v1={Signature("another-signing-key", server.Requests.Last())}", server.Requests.Last().Headers["X-Reactor-Signature"]);
        Assert.Equal((true, false), (channel.Credential!.Equals(channel.Credential), channel.Credential.Equals(before)));
    }

    [Fact]
    public async Task A_check_sends_no_request_which_somebody_s_program_may_take_for_a_page()
    {
        Assert.Null(await Channel().CheckAsync(CancellationToken.None));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Address_and_key_are_secret_whatever_an_answer_holds()
    {
        server.Answer = context => LoopbackServer.AnswerAsync(context, 400, $"no {Key} at {server.Url("/hook/with-a-token?sig=signature-part")}");
        var settings = new GenericWebhookSettings { Url = server.Url("/hook/with-a-token?sig=signature-part").AbsoluteUri, SigningKey = Key };

        var result = await new GenericWebhookChannel(http, settings, TimeProvider.System).SendAsync(Pages.Full, CancellationToken.None);

        Assert.Contains("no *** at", result.Detail);
        Assert.All([result.Detail, settings.ToString()], text => Assert.DoesNotMatch("with-a-token|signature-part|signing-key", text));
        var refused = Assert.Throws<ArgumentException>(() => new GenericWebhookChannel(http, new GenericWebhookSettings { Url = "http://hooks.example.org/with-a-token" }, TimeProvider.System));
        Assert.DoesNotContain("token", refused.Message);
    }

    [Theory]
    [MemberData(nameof(Pages.Hard), MemberType = typeof(Pages))]
    public async Task No_text_breaks_out_of_its_place(string text)
    {
        var (template, _) = WebhookTemplate.Read("""{"text":"{{title}}","list":"{{targets}}","all":"*{{severity}}* {{happened}} {{targets}}"}""");
        var settings = new GenericWebhookSettings { Url = server.Url("/hook").AbsoluteUri, Template = template };

        await Channel().SendAsync(Pages.Made(text), CancellationToken.None);
        await new GenericWebhookChannel(http, settings, TimeProvider.System).SendAsync(Pages.Made(text), CancellationToken.None);

        Assert.All(server.Requests.Select(request => Encoding.UTF8.GetByteCount(request.Body)), size => Assert.InRange(size, 10_000, 4 * 1024 * 1024));
        var (whole, filled) = (JsonNode.Parse(server.Requests.First().Body)!.AsObject(), JsonNode.Parse(server.Requests.Last().Body)!.AsObject());
        Assert.Equal(WebhookPage.Names.Length, whole.Count);
        Assert.Equal((500, 5_000), (whole["targets"]!.AsArray().Count, (int)whole["targetCount"]!));
        Assert.Equal(["text", "list", "all"], filled.Select(member => member.Key));
        Assert.Equal((string?)whole["title"], (string?)filled["text"]);
        Assert.Equal(500, filled["list"]!.AsArray().Count);
        Assert.StartsWith("*critical* ", (string?)filled["all"]);
    }

    private static string Signature(string key, Received received) => Convert.ToHexStringLower(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{received.Headers["X-Reactor-Timestamp"]}.{received.Body}")));

    private GenericWebhookChannel Channel(LiveSecret? key = null) =>
        new(http, new GenericWebhookSettings { Url = server.Url("/hook").AbsoluteUri, SigningKey = key }, new ManualTime(Pages.Noon), Pages.Linked);
}
