using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public abstract partial class StoreContract
{
    private static Task EndAsync(IStateStore store, OutboxEntry entry, DeliveryState state) =>
        store.RecordDeliveryAsync(entry with { State = state, Attempts = entry.Attempts + 1 }, Audited(state.ToString()), None);

    private static async Task<string[]> DueAsync(IStateStore store, DateTimeOffset? at = null, int limit = 100) =>
        [.. (await store.DuePagesAsync(at ?? Noon, limit, None)).Select(entry => $"{entry.Page.Id}@{entry.Channel}")];

    [StoreFact]
    public async Task A_page_is_queued_for_each_channel_and_comes_back_whole()
    {
        var store = Connect();
        var page = Filled.Of<Core.Page>() with { At = Noon, Channels = null };
        await QueueAsync(store, ["slack", "email"], page);

        var due = await Connect().DuePagesAsync(Noon, 10, None);

        Assert.Equal(["slack", "email"], due.Select(entry => entry.Channel));
        Assert.All(due, entry => Same.Assert(page, entry.Page));
        Assert.All(due, entry => Assert.Equal((DeliveryState.Waiting, 0, "", Noon), (entry.State, entry.Attempts, entry.LastError, entry.DueAt)));
    }

    [StoreFact]
    public async Task The_same_news_is_queued_once_even_after_it_was_delivered()
    {
        var store = Connect();
        await QueueAsync(store, ["slack"], NewPage("p"), NewPage("p"));
        await EndAsync(store, Assert.Single(await store.DuePagesAsync(Noon, 10, None)), DeliveryState.Delivered);

        await QueueAsync(store, ["slack", "email"], NewPage("p"));

        Assert.Equal(["p@email"], await DueAsync(store));
    }

    [StoreFact]
    public async Task Pages_of_one_incident_come_one_by_one_on_each_channel()
    {
        var store = Connect();
        await QueueAsync(store, ["slack", "email"], NewPage("trigger"), NewPage("update"), NewPage("resolve"), NewPage("other", "incident-2"));
        Assert.Equal(["trigger@slack", "trigger@email", "other@slack", "other@email"], await DueAsync(store));

        var due = await store.DuePagesAsync(Noon, 10, None);
        await EndAsync(store, due[0], DeliveryState.Delivered);
        Assert.Equal(["trigger@email", "update@slack", "other@slack", "other@email"], await DueAsync(store));
        await EndAsync(store, due[1], DeliveryState.Dead);
        Assert.Equal(["update@slack", "update@email", "other@slack", "other@email"], await DueAsync(store));
    }

    [StoreFact]
    public async Task A_page_that_waits_for_its_next_try_holds_back_the_later_ones_of_its_incident_only()
    {
        var store = Connect();
        await QueueAsync(store, ["slack"], NewPage("trigger"), NewPage("resolve"), NewPage("other", "incident-2"));
        var first = (await store.DuePagesAsync(Noon, 10, None))[0];
        await store.RecordDeliveryAsync(first with { Attempts = 1, DueAt = Noon.AddMinutes(1), LastError = "503" }, Audited("retried"), None);

        Assert.Equal(["other@slack"], await DueAsync(store, Noon.AddSeconds(59)));
        Assert.Equal(["trigger@slack", "other@slack"], await DueAsync(store, Noon.AddMinutes(1)));
        var again = (await store.DuePagesAsync(Noon.AddMinutes(1), 10, None))[0];
        Assert.Equal((1, "503"), (again.Attempts, again.LastError));
    }

    [StoreFact]
    public async Task Many_waiting_pages_of_one_channel_hide_no_other_channel()
    {
        var store = Connect();
        await QueueAsync(store, ["dead"], [.. Enumerable.Range(0, 5).Select(n => NewPage($"p{n}", $"incident-{n}"))]);
        await QueueAsync(store, ["slack"], NewPage("late", "incident-9"));

        Assert.Equal(["p0@dead", "p1@dead", "late@slack"], await DueAsync(store, limit: 2));
    }

    [StoreFact]
    public async Task A_page_that_was_delivered_stays_so_whatever_a_slower_process_says()
    {
        var (fast, slow) = (Connect(), Connect());
        await QueueAsync(fast, ["slack"], NewPage("p"));
        var entry = Assert.Single(await slow.DuePagesAsync(Noon, 10, None));
        await EndAsync(fast, entry, DeliveryState.Delivered);

        await slow.RecordDeliveryAsync(entry with { Attempts = 1, LastError = "timeout" }, Audited("retried"), None);

        Assert.Empty(await DueAsync(fast));
        Assert.Equal(["Delivered", "retried"], (await fast.AuditAsync(new AuditQuery(), None)).Select(stored => stored.Record.Text));
    }

    [StoreFact]
    public async Task Waiting_and_dead_pages_are_counted_by_channel()
    {
        var store = Connect();
        await QueueAsync(store, ["slack", "email"], NewPage("p1", "i1", Noon.AddMinutes(-2)), NewPage("p2", "i2", Noon.AddMinutes(-1)), NewPage("p3", "i3"));
        foreach (var entry in await store.DuePagesAsync(Noon, 10, None))
        {
            if (entry.Page.Id == "p1") await EndAsync(store, entry, DeliveryState.Delivered);
            if (entry is { Page.Id: "p2", Channel: "email" }) await EndAsync(store, entry, DeliveryState.Dead);
        }

        Assert.Equal(
            [new OutboxCount("email", 1, 1, Noon), new OutboxCount("slack", 2, 0, Noon.AddMinutes(-1))],
            (await store.CountPagesAsync(None)).OrderBy(count => count.Channel, StringComparer.Ordinal));
    }

    [StoreFact]
    public async Task Ended_pages_go_after_their_retention_and_waiting_ones_never()
    {
        var store = Connect(Relaxed with { PageRetention = TimeSpan.FromDays(30) });
        await QueueAsync(store, ["slack"], NewPage("dead", "i1"), NewPage("waits", "i2"));
        await EndAsync(store, (await store.DuePagesAsync(Noon, 10, None))[0], DeliveryState.Dead);

        Time.Advance(TimeSpan.FromDays(29));
        await store.SaveAsync(await NextAsync(store), None);
        Assert.Equal(1, Assert.Single(await store.CountPagesAsync(None)).Dead);

        Time.Advance(TimeSpan.FromDays(2));
        await store.SaveAsync(await NextAsync(store), None);
        Assert.Equal(new OutboxCount("slack", 1, 0, Noon), Assert.Single(await store.CountPagesAsync(None)));
    }

    [StoreFact]
    public async Task A_page_that_names_its_channels_goes_to_those()
    {
        var store = Connect();
        await QueueAsync(store, ["slack", "email"], NewPage("p") with { Channels = ["pagerduty"] }, NewPage("q", "incident-2"));

        Assert.Equal(["p@pagerduty", "q@slack", "q@email"], await DueAsync(store));
    }

    [StoreFact]
    public async Task Pages_can_be_queued_outside_a_decision_and_each_once()
    {
        var store = Connect();
        await QueueAsync(store, ["slack"], NewPage("p"));

        await store.QueuePagesAsync([NewPage("p"), NewPage("digest", "digest")], ["slack", "email"], None);

        Assert.Equal(["p@slack", "p@email", "digest@slack", "digest@email"], await DueAsync(store));
    }

    [StoreFact]
    public async Task A_page_that_a_later_one_of_its_incident_waits_behind_is_overtaken()
    {
        var store = Connect();
        await QueueAsync(store, ["slack"], NewPage("trigger"), NewPage("update"), NewPage("other", "incident-2"));

        Assert.Equal([("trigger", true), ("other", false)], (await store.DuePagesAsync(Noon, 10, None)).Select(entry => (entry.Page.Id, entry.Overtaken)));
    }

    [StoreFact]
    public async Task Waiting_and_dead_pages_can_be_listed_and_delivered_ones_are_gone()
    {
        var store = Connect();
        await QueueAsync(store, ["slack", "email"], NewPage("p"), NewPage("q", "incident-2"));
        var due = await store.DuePagesAsync(Noon, 10, None);
        await EndAsync(store, due[0], DeliveryState.Dead);
        await EndAsync(store, due[1], DeliveryState.Delivered);

        Assert.Equal(["p@slack Dead", "q@slack Waiting", "q@email Waiting"], await ListAsync(store, new PageQuery()));
        Assert.Equal(["p@slack Dead"], await ListAsync(store, new PageQuery { State = DeliveryState.Dead }));
        Assert.Equal(["q@email Waiting"], await ListAsync(store, new PageQuery { Channel = "email" }));
        Assert.Equal(["p@slack Dead", "q@slack Waiting"], await ListAsync(store, new PageQuery { Limit = 2 }));
    }

    [StoreFact]
    public async Task A_dead_page_is_sent_again_as_one_never_tried()
    {
        var store = Connect();
        await QueueAsync(store, ["slack"], NewPage("p"));
        var due = Assert.Single(await store.DuePagesAsync(Noon, 10, None));
        await store.RecordDeliveryAsync(due with { State = DeliveryState.Dead, Attempts = 7, LastError = "404" }, Audited("dead"), None);

        Assert.True(await store.ResendAsync("p", "slack", Noon.AddMinutes(1), Audited("resent"), None));

        Assert.Equal(0, (await store.CountPagesAsync(None)).Sum(count => count.Dead));
        Assert.Empty(await DueAsync(store));
        var again = Assert.Single(await store.DuePagesAsync(Noon.AddMinutes(1), 10, None));
        Assert.Equal((0, ""), (again.Attempts, again.LastError));
        Assert.Contains("resent", await TextsAsync(store, new AuditQuery()));
        await EndAsync(store, again, DeliveryState.Delivered);
        Assert.Empty(await ListAsync(store, new PageQuery()));
    }

    [StoreFact]
    public async Task A_waiting_page_is_tried_now_and_what_was_delivered_or_never_queued_is_not_sent_again()
    {
        var store = Connect();
        await QueueAsync(store, ["slack", "email"], NewPage("p"));
        var due = await store.DuePagesAsync(Noon, 10, None);
        await store.RecordDeliveryAsync(due[0] with { Attempts = 3, DueAt = Noon.AddHours(1) }, Audited("retried"), None);
        await EndAsync(store, due[1], DeliveryState.Delivered);

        Assert.True(await store.ResendAsync("p", "slack", Noon, Audited("now"), None));
        Assert.False(await store.ResendAsync("p", "email", Noon, Audited("twice"), None));
        Assert.False(await store.ResendAsync("p", "sms", Noon, Audited("nowhere"), None));

        Assert.Equal(["p@slack"], await DueAsync(store));
        Assert.DoesNotContain(await TextsAsync(store, new AuditQuery()), text => text is "twice" or "nowhere");
    }

    private static async Task<string[]> ListAsync(IStateStore store, PageQuery query) =>
        [.. (await store.PagesAsync(query, None)).Select(entry => $"{entry.Page.Id}@{entry.Channel} {entry.State}")];
}
