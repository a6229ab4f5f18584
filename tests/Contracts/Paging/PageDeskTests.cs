using Microsoft.Extensions.Logging.Abstractions;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Functions.Pages;
using Sophia.Keda.Reactor.Orders;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class PageDeskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(Pages.Noon);
    private readonly FakeChannel slack = new("slack");
    private readonly FakeChannel pager = new("pagerduty") { KeepsOpen = true };
    private readonly SqliteStore store;
    private readonly PageDelivery delivery;
    private readonly PageDesk desk;

    public PageDeskTests()
    {
        store = new SqliteStore("prod", new SqliteSettings { Path = Path.Combine(folder.Path, "state.db") }, time);
        var channels = new PageChannels([slack, pager], time);
        delivery = new PageDelivery(store, channels, store.TrailAsync, time, new Random(1), "test");
        desk = new PageDesk(store, channels, time, new RequestTime(TimeProvider.System), NullLogger<PageDesk>.Instance);
    }

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Dead_pages_of_a_channel_go_out_after_all_and_the_trail_says_who_wanted_it()
    {
        await DeadAsync("slack", "p", "q");

        var resent = await desk.ResendAsync(new PagesOrder(null, "slack", "the webhook was replaced", "ana"), "key:operator", None);
        await delivery.DeliverAsync(time.GetUtcNow().AddSeconds(5), None);

        Assert.All(resent, one => Assert.True(one.Resent));
        Assert.Equal(["p", "q"], slack.Sent);
        var records = (await store.AuditAsync(new AuditQuery { Kind = AuditKind.Order }, None)).Select(one => one.Record).ToList();
        Assert.Equal(2, records.Count);
        Assert.All(records, record => Assert.Equal((Reason.PageResent, "key:operator"), (record.Reason, record.Actor)));
        Assert.Contains("ana: the webhook was replaced", records[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_page_can_be_chosen()
    {
        await DeadAsync("slack", "p", "q");

        Assert.Equal("q", Assert.Single(await desk.ResendAsync(new PagesOrder("q", null, "r", "ana"), "operator", None)).Page);
        Assert.Empty(await desk.ResendAsync(new PagesOrder("z", null, "r", "ana"), "operator", None));
    }

    [Fact]
    public async Task What_would_open_an_incident_there_that_nobody_resolves_is_refused_with_the_reason()
    {
        await DeadAsync("pagerduty", "p");

        var refused = Assert.Single(await desk.ResendAsync(new PagesOrder(null, null, "r", "ana"), "operator", None));

        Assert.False(refused.Resent);
        Assert.Contains("is over", refused.Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_page_says_how_each_channel_answered_and_is_audited()
    {
        slack.Answer = _ => new SendResult(SendStatus.Final, "404 no_service");

        var tests = (await desk.TestAsync(new PagesOrder(null, null, "proof", "ana"), "key:operator", "prod", "1", None)).Tests;

        Assert.Equal([("pagerduty", SendStatus.Delivered), ("slack", SendStatus.Final)], tests.Select(test => (test.Channel, test.Status)));
        var records = (await store.AuditAsync(new AuditQuery(), None)).Select(one => one.Record).ToList();
        Assert.All(records, record => Assert.Equal(Reason.PageTested, record.Reason));
        Assert.Contains(records, record => record.Text.Contains("404 no_service", StringComparison.Ordinal));
        Assert.Empty(await store.PagesAsync(new PageQuery(), None));
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    private async Task DeadAsync(string channel, params string[] ids)
    {
        await store.QueuePagesAsync([.. ids.Select(id => Pages.Full with { Id = id, DedupKey = "of-" + id, Targets = [] })], [channel], None);
        foreach (var entry in await store.DuePagesAsync(time.GetUtcNow(), 10, None))
        {
            var dead = entry with { State = DeliveryState.Dead, Attempts = 1, LastError = "404" };
            await store.RecordDeliveryAsync(dead, new AuditRecord { At = Pages.Noon, Kind = AuditKind.Page, Reason = Reason.PageUndeliverable, Actor = "test", Text = "dead" }, None);
        }
    }
}
