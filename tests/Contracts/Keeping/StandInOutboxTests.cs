using Sophia.Keda.Reactor.Contracts.Tests.Paging;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Keeping;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Keeping;

/// <summary>Pages of the time without a store: in order, each once, and none lost on the way back into it.</summary>
public sealed class StandInOutboxTests
{
    private readonly StandInOutbox outbox = new();

    private static Page NewPage(string id, string dedup = "incident-1") => new()
    {
        Id = id, Kind = PageKind.Trigger, DedupKey = dedup, Cluster = "prod", Severity = Severity.Error, At = Pages.Noon, Title = id, Happened = "it",
    };

    private async Task<string[]> DueAsync(DateTimeOffset? at = null, int limit = 10) =>
        [.. (await outbox.DuePagesAsync(at ?? Pages.Noon, limit, default)).Select(e => $"{e.Page.Id}@{e.Channel}")];

    private async Task EndAsync(string page, string channel, DeliveryState state, DateTimeOffset? next = null)
    {
        var entry = (await outbox.DuePagesAsync(Pages.Noon, 10, default)).Single(e => e.Page.Id == page && e.Channel == channel);
        var record = new AuditRecord { At = Pages.Noon, Kind = AuditKind.Page, Reason = Reason.PageDelivered, Actor = "reactor", Text = $"{page}@{channel}: {state}" };
        await outbox.RecordDeliveryAsync(entry with { State = state, Attempts = entry.Attempts + 1, DueAt = next ?? entry.DueAt }, record, default);
    }

    [Fact]
    public async Task Pages_of_one_incident_come_one_by_one_on_each_channel()
    {
        outbox.Queue([NewPage("trigger"), NewPage("update"), NewPage("other", "incident-2")], ["slack", "pagerduty"]);
        Assert.Equal(["trigger@slack", "trigger@pagerduty", "other@slack", "other@pagerduty"], await DueAsync());
        Assert.Equal(["trigger@slack", "trigger@pagerduty"], await DueAsync(limit: 1));

        await EndAsync("trigger", "slack", DeliveryState.Delivered);
        await EndAsync("trigger", "pagerduty", DeliveryState.Waiting, Pages.Noon.AddMinutes(1));

        Assert.Equal(["update@slack", "other@slack", "other@pagerduty"], await DueAsync());
        Assert.Equal(["trigger@pagerduty", "update@slack", "other@slack", "other@pagerduty"], await DueAsync(Pages.Noon.AddMinutes(1)));
    }

    [Fact]
    public async Task The_same_news_is_queued_once()
    {
        outbox.Queue([NewPage("p")], ["slack"]);
        await EndAsync("p", "slack", DeliveryState.Delivered);

        outbox.Queue([NewPage("p")], ["slack"]);

        Assert.Empty(await DueAsync());
    }

    [Fact]
    public async Task What_some_channel_has_not_taken_goes_into_the_store_with_what_happened_so_far()
    {
        outbox.Queue([NewPage("a"), NewPage("b", "incident-2"), NewPage("c", "incident-3")], ["slack", "pagerduty"]);
        await EndAsync("a", "slack", DeliveryState.Delivered);
        await EndAsync("a", "pagerduty", DeliveryState.Delivered);
        await EndAsync("b", "slack", DeliveryState.Delivered);

        Assert.Equal(["b", "c"], outbox.Undelivered.Select(page => page.Id));
        Assert.Equal(["a@slack: Delivered", "a@pagerduty: Delivered", "b@slack: Delivered"], outbox.Deliveries.Select(record => record.Text));

        outbox.Clear();
        Assert.Empty(outbox.Undelivered);
        Assert.Empty(outbox.Deliveries);
        Assert.Empty(await DueAsync());
    }
}
