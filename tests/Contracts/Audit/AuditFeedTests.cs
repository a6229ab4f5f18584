using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Audit.EventGrid;
using Sophia.Keda.Reactor.Contracts.Tests.Paging;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Audit;

/// <summary>Every record reaches the topic: Azure's own client against an HTTP server that answers as Event Grid may.</summary>
public sealed class AuditFeedTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(Noon);
    private readonly HttpClient http = PageHttp.Create();
    private readonly ConcurrentQueue<string> keys = [];
    private readonly ConcurrentQueue<int> statuses = [];
    private LoopbackServer server = null!;
    private SqliteStore store = null!;
    private AuditFeed feed = null!;

    public async Task InitializeAsync()
    {
        server = await LoopbackServer.StartAsync();
        server.Answer = context =>
        {
            keys.Enqueue(context.Request.Headers["aeg-sas-key"].ToString());
            return LoopbackServer.AnswerAsync(context, statuses.TryDequeue(out var status) ? status : 200, "");
        };
        store = new SqliteStore("prod", new SqliteSettings { Path = Path.Combine(folder.Path, "state.db"), Limits = new StateLimits { Durability = Durability.Relaxed } }, time);
        feed = Feed("topic-key");
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        store.Dispose();
        folder.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Records_come_in_order_as_cloud_events_with_number_and_hash()
    {
        await SealAsync(
            Record("opened") with { IncidentId = "i-1" },
            Record("tripped") with { IncidentId = "i-1", Target = new TargetId("mesh", "sophia") },
            Record("idle"));

        await RunAsync();

        var request = Assert.Single(server.Requests);
        Assert.Equal("application/cloudevents-batch+json; charset=utf-8", request.ContentType);
        var events = JsonNode.Parse(request.Body)!.AsArray();
        var chain = (await store.LoadAsync(CancellationToken.None)).Chain;
        Assert.Equal([$"{chain}-1", $"{chain}-2", $"{chain}-3"], events.Select(e => (string?)e!["id"]));
        Assert.Equal(["incidents/i-1", "incidents/i-1/targets/mesh/sophia", "reactor"], events.Select(e => (string?)e!["subject"]));
        Assert.All(events, e => Assert.Equal(
            ("1.0", "/clusters/prod%20eu/reactor", "ai.sophia-intel.reactor.audit.v1"), ((string?)e!["specversion"], (string?)e["source"], (string?)e["type"])));
        Assert.Equal((Noon, "tripped"), ((DateTimeOffset)events[1]!["time"]!, (string?)events[1]!["data"]!["record"]!["text"]));
        Assert.Null(AuditFile.Verify([.. events.Select(e => e!["data"]!.ToJsonString(Sophia.Keda.Reactor.State.Json.ReactorJson.Options))], null, null).Fault);
        Assert.Equal(["topic-key"], keys);
        Assert.Equal(0, await AuditFeed.BehindAsync(store, CancellationToken.None));
    }

    [Fact]
    public async Task What_was_sent_is_not_sent_again_by_another_process_and_what_was_not_is()
    {
        await SealAsync([.. Enumerable.Range(1, 250).Select(n => Record($"{n}"))]);
        statuses.Enqueue(200);
        statuses.Enqueue(503);
        await RunAsync();
        Assert.Equal(150, await AuditFeed.BehindAsync(store, CancellationToken.None));
        Assert.Equal("the topic answered 503", feed.Problem);

        feed = Feed("topic-key");
        await RunAsync();

        Assert.Equal([100, 100, 100, 50], server.Requests.Select(request => JsonNode.Parse(request.Body)!.AsArray().Count));
        Assert.Equal(0, await AuditFeed.BehindAsync(store, CancellationToken.None));
    }

    [Fact]
    public async Task A_topic_that_is_down_is_asked_again_later_and_later()
    {
        await SealAsync(Record("a"));
        var asked = new List<int>();
        for (var minute = 0; minute < 60; minute++)
        {
            statuses.Enqueue(500);
            await RunAsync();
            asked.Add(server.Requests.Count);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        // 10, 20, 40, 80, 160, 320 s, then every ten minutes, looked at once a minute.
        Assert.Equal([1, 2, 3, 4], asked[..4]);
        Assert.InRange(asked[^1], 9, 12);
        Assert.Equal(1, await AuditFeed.BehindAsync(store, CancellationToken.None));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task What_one_key_was_refused_for_is_sent_with_the_next(int status)
    {
        var now = new SecretPair(new Secret("old-key"));
        feed = Feed(new LiveSecret(() => now));
        await SealAsync(Record("a"));
        statuses.Enqueue(status);
        await RunAsync();

        now = new SecretPair(new Secret("new-key"));
        time.Advance(TimeSpan.FromMinutes(1));
        await RunAsync();

        Assert.Equal(["old-key", "new-key"], keys);
        Assert.Equal(0, await AuditFeed.BehindAsync(store, CancellationToken.None));
    }

    [Fact]
    public async Task One_record_that_the_topic_will_never_take_holds_up_no_other_and_the_trail_says_so()
    {
        await SealAsync(Record("a"), Record("huge"), Record("c"));
        server.Answer = context => LoopbackServer.AnswerAsync(context, context.Features.Get<Received>()!.Body.Contains("huge", StringComparison.Ordinal) ? 413 : 200, "");

        await RunAsync();
        await SealAsync();
        await RunAsync();

        Assert.Equal(0, await AuditFeed.BehindAsync(store, CancellationToken.None));
        var said = Assert.Single(await store.AuditAsync(new AuditQuery { Reason = Reason.AuditNotSent }, CancellationToken.None));
        Assert.Equal("2", said.Record.Facts["sequence"]);
    }

    [Fact]
    public async Task What_is_not_sealed_waits()
    {
        await store.AppendAuditAsync([Record("a")], CancellationToken.None);

        await RunAsync();

        Assert.Empty(server.Requests);
        Assert.Equal(1, await AuditFeed.BehindAsync(store, CancellationToken.None));
    }

    private static AuditRecord Record(string text) => new() { At = Noon, Kind = AuditKind.Decision, Reason = Reason.IncidentOpened, Actor = "reactor", Text = text };

    private async Task SealAsync(params AuditRecord[] records)
    {
        await store.AppendAuditAsync(records, CancellationToken.None);
        await new AuditSealer(store).SealAsync(CancellationToken.None);
    }

    private Task RunAsync() => feed.RunAsync(time.GetUtcNow().AddSeconds(8), CancellationToken.None);

    private AuditFeed Feed(LiveSecret key)
    {
        var topic = new AuditTopic(new EventGridSettings { Endpoint = server.Url("/api/events"), Key = key }, http);
        return new AuditFeed(store, topic.SendAsync, "prod eu", time, () => 0, NullLogger<AuditFeed>.Instance);
    }
}
