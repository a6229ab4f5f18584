using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>What is critical goes first, and no flood of notices grows without an end.</summary>
public abstract partial class StoreContract
{
    private static Page Of(string id, string dedupKey, PageKind kind, Severity severity, bool notice = false) =>
        NewPage(id, dedupKey) with { Kind = kind, Severity = severity, IncidentId = notice ? null : dedupKey };

    private static Page Notice(int number, PageKind kind = PageKind.Trigger, Severity severity = Severity.Warning) =>
        Of($"n{number}#{(kind == PageKind.Trigger ? 1 : 2)}", $"n{number}", kind, severity, notice: true);

    [StoreFact]
    public async Task What_calls_somebody_is_due_before_all_news_each_by_severity_then_by_age()
    {
        var store = Connect();
        await QueueAsync(
            store,
            ["slack"],
            Of("info", "i1", PageKind.Trigger, Severity.Info),
            Of("warning", "i2", PageKind.Trigger, Severity.Warning),
            Of("error-update", "i3", PageKind.Update, Severity.Error),
            Of("error", "i4", PageKind.Trigger, Severity.Error),
            Of("error-later", "i5", PageKind.Trigger, Severity.Error),
            Of("critical-update", "i6", PageKind.Update, Severity.Critical),
            Of("critical", "i7", PageKind.Trigger, Severity.Critical));

        Assert.Equal(
            ["critical", "error", "error-later", "warning", "info", "critical-update", "error-update"],
            (await store.DuePagesAsync(Noon, 10, None)).Select(entry => entry.Page.Id));
    }

    [StoreFact]
    public async Task A_critical_page_behind_fifteen_hundred_notices_is_the_first_of_its_channel()
    {
        var store = Connect(Relaxed with { NoticeBound = 5_000 });
        await QueueAsync(store, ["slack", "pagerduty"], [.. Enumerable.Range(0, 1_500).Select(n => Notice(n))]);
        await QueueAsync(store, ["slack", "pagerduty"], Of("critical", "incident-1", PageKind.Trigger, Severity.Critical));

        Assert.Equal(["critical@slack", "critical@pagerduty"], await DueAsync(store, limit: 1));
    }

    [StoreFact]
    public async Task Pages_that_the_version_before_queued_have_their_turn_by_what_they_say()
    {
        var store = Connect();
        await QueueAsync(store, ["slack"], Notice(1), Of("error", "i1", PageKind.Trigger, Severity.Error));
        await PlantPageAsync("old-notice", "slack", "old-notice", ReactorJson.Write(Of("old-notice", "old-notice", PageKind.Trigger, Severity.Info, notice: true)));
        await PlantPageAsync("old-critical", "slack", "i2", ReactorJson.Write(Of("old-critical", "i2", PageKind.Trigger, Severity.Critical)));

        Assert.Equal(["old-critical@slack", "error@slack", "n1#1@slack", "old-notice@slack"], await DueAsync(store));
    }

    [StoreFact]
    public async Task What_waits_behind_a_page_lends_it_its_urgency_and_the_order_of_one_incident_stays()
    {
        var store = Connect();
        await QueueAsync(
            store,
            ["slack"],
            Of("error", "i1", PageKind.Update, Severity.Error),
            Of("warning", "i2", PageKind.Update, Severity.Warning),
            Of("worse", "i2", PageKind.Update, Severity.Critical));

        var due = await store.DuePagesAsync(Noon, 10, None);

        Assert.Equal([("warning", true), ("error", false)], due.Select(entry => (entry.Page.Id, entry.Overtaken)));
        await EndAsync(store, due[0], DeliveryState.Delivered);
        Assert.Equal(["worse@slack", "error@slack"], await DueAsync(store));
    }

    [StoreFact]
    public async Task The_end_of_an_incident_is_not_held_up_by_notices()
    {
        var store = Connect();
        await QueueAsync(store, ["slack"], [.. Enumerable.Range(0, 20).Select(n => Notice(n))]);
        await QueueAsync(store, ["slack"], Of("over", "incident-1", PageKind.Resolve, Severity.Info), Of("taken", "incident-2", PageKind.Acknowledge, Severity.Info));

        Assert.Equal(["over@slack", "taken@slack"], await DueAsync(store, limit: 2));
    }

    [StoreFact]
    public async Task Of_notices_so_many_wait_for_a_channel_and_the_others_are_counted()
    {
        var store = Connect(Relaxed with { NoticeBound = 3 });
        await QueueAsync(store, ["slack"], [.. Enumerable.Range(0, 5).Select(n => Notice(n))]);
        await QueueAsync(store, ["slack", "email"], Notice(6));

        Assert.Equal(
            [("email", 1, 0L), ("slack", 3, 3L)],
            (await store.CountPagesAsync(None)).OrderBy(count => count.Channel, StringComparer.Ordinal).Select(count => (count.Channel, count.Waiting, count.Dropped)));
        Assert.Equal(["n0#1@slack", "n1#1@slack", "n2#1@slack", "n6#1@email"], await DueAsync(store));
    }

    [StoreFact]
    public async Task The_resolve_of_a_queued_notice_follows_it_and_that_of_another_is_counted_too()
    {
        var store = Connect(Relaxed with { NoticeBound = 2 });
        await QueueAsync(store, ["slack"], [.. Enumerable.Range(0, 3).Select(n => Notice(n))]);
        await QueueAsync(store, ["slack"], [.. Enumerable.Range(0, 3).Select(n => Notice(n, PageKind.Resolve, Severity.Info))]);

        Assert.Equal((4, 2L), Assert.Single(await store.CountPagesAsync(None)) is var count ? (count.Waiting, count.Dropped) : default);
        Assert.Equal(["n0#1", "n1#1", "n0#2", "n1#2"], (await store.PagesAsync(new PageQuery(), None)).Select(entry => entry.Page.Id));
    }

    [StoreFact]
    public async Task No_page_of_an_incident_and_nothing_graver_than_a_warning_is_ever_left_out()
    {
        var store = Connect(Relaxed with { NoticeBound = 0 });

        await QueueAsync(
            store,
            ["slack"],
            Of("trip", "i1", PageKind.Trigger, Severity.Warning),
            Of("news", "i1", PageKind.Update, Severity.Info),
            Of("over", "i1", PageKind.Resolve, Severity.Info),
            Notice(1, severity: Severity.Error),
            Notice(2, severity: Severity.Critical));

        Assert.Equal((5, 0L), Assert.Single(await store.CountPagesAsync(None)) is var count ? (count.Waiting, count.Dropped) : default);
    }

    [StoreFact]
    public async Task The_last_fifth_of_the_inbox_is_kept_for_what_may_trip()
    {
        var store = Connect(Relaxed with { InboxBound = 5 });
        AlertSignal Slow(string key) => Alert(key) with { Cause = Cause.ScalingLatencyHigh };
        Assert.True(await store.AppendAsync([Slow("a"), Slow("b"), Slow("c"), Slow("d")], None));

        Assert.False(await store.AppendAsync([Slow("e")], None));
        Assert.True(await store.AppendAsync([Alert("scalers")], None));
        Assert.False(await store.AppendAsync([Alert("more")], None));
        Assert.True(await store.AppendAsync([Trip("order")], None));
    }

    [StoreFact]
    public async Task An_order_of_a_person_is_taken_from_behind_a_flood_of_alerts_and_once()
    {
        var store = Connect();
        await store.AppendAsync([.. Enumerable.Range(0, 20).Select(n => Alert($"a{n:00}")), Trip("order/stop"), Alert("later"), Trip("order/more")], None);

        var taken = await store.PendingAsync(10, None);

        Assert.Equal([.. Enumerable.Range(0, 10).Select(n => $"a{n:00}"), "order/stop", "order/more"], taken.Select(entry => entry.Signal.Key));
        await store.SaveAsync(await NextAsync(store) with { Decided = [.. taken.Select(entry => entry.Sequence)] }, None);
        var left = await KeysAsync(store);
        Assert.Equal([.. Enumerable.Range(10, 10).Select(n => $"a{n:00}"), "later"], left);
    }
}
