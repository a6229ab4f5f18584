using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class LastResortTests : IDisposable
{
    private static readonly TargetId Worker = new("sophia-mesh", "worker");

    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(Pages.Noon);
    private readonly List<EventOnTarget> events = [];
    private readonly SqliteStore store;
    private readonly LastResort last;

    public LastResortTests()
    {
        store = new SqliteStore("prod", new SqliteSettings { Path = Path.Combine(folder.Path, "state.db") }, time);
        last = new LastResort(store, new Policy { AlertChannels = ["slack", "email"] }, TellAsync, time, NullLogger<LastResort>.Instance);
    }

    private static CancellationToken None => CancellationToken.None;

    private static Page Paged => Pages.Full with { Id = "p", IncidentId = "i", DedupKey = "i", Targets = [] };

    [Fact]
    public async Task A_page_that_no_channel_took_for_five_minutes_is_told_on_its_ScaledObjects_once()
    {
        await IncidentAsync();
        await store.QueuePagesAsync([Paged], ["slack", "email"], None);
        await FailAsync(DeliveryState.Waiting, "503");

        time.Advance(TimeSpan.FromMinutes(4.9));
        await last.LookAsync(None);
        Assert.Empty(last.Latest);

        time.Advance(TimeSpan.FromMinutes(0.1));
        await last.LookAsync(None);
        await last.LookAsync(None);

        var told = Assert.Single(events);
        Assert.Equal((Worker, "PageNotDelivered", "p"), (told.Target, told.Reason, told.Key));
        Assert.Contains("slack: 503; email: 503", told.Message, StringComparison.Ordinal);
        Assert.Equal("slack: 503; email: 503", Assert.Single(last.Latest).Errors);
        Assert.Single(await ReasonsAsync(), Reason.PagesSilent);
    }

    [Fact]
    public async Task One_channel_that_took_it_is_enough()
    {
        await store.QueuePagesAsync([Paged], ["slack", "email"], None);
        var due = await store.DuePagesAsync(time.GetUtcNow(), 10, None);
        await store.RecordDeliveryAsync(due[0] with { State = DeliveryState.Delivered }, Audited(), None);
        time.Advance(TimeSpan.FromHours(1));

        await last.LookAsync(None);

        Assert.Empty(last.Latest);
    }

    [Fact]
    public async Task What_every_channel_refuses_for_good_is_told_at_once()
    {
        await IncidentAsync();
        await store.QueuePagesAsync([Paged], ["slack", "email"], None);
        await FailAsync(DeliveryState.Dead, "404 no_service");

        await last.LookAsync(None);

        Assert.Single(events);
    }

    [Fact]
    public async Task That_pages_get_through_again_is_noted()
    {
        await store.QueuePagesAsync([Paged], ["slack", "email"], None);
        await FailAsync(DeliveryState.Waiting, "503");
        time.Advance(TimeSpan.FromMinutes(6));
        await last.LookAsync(None);

        foreach (var entry in await store.PagesAsync(new PageQuery(), None))
            await store.RecordDeliveryAsync(entry with { State = DeliveryState.Delivered }, Audited(), None);
        await last.LookAsync(None);

        Assert.Empty(last.Latest);
        Assert.Single(await ReasonsAsync(), Reason.PagesHeardAgain);
    }

    [Fact]
    public async Task A_resolve_that_nobody_takes_alarms_nobody_nor_does_a_page_of_yesterday()
    {
        await store.QueuePagesAsync([Paged with { Kind = PageKind.Resolve }, Paged with { Id = "old", DedupKey = "o", At = Pages.Noon.AddDays(-1) }], ["slack", "email"], None);
        time.Advance(TimeSpan.FromMinutes(10));

        await last.LookAsync(None);

        Assert.Empty(last.Latest);
    }

    [Fact]
    public async Task Without_a_store_it_is_told_from_memory_and_recorded_once_there_is_one_again()
    {
        await IncidentAsync();
        var panel = (await store.LoadAsync(None)).Panel;
        ImmutableArray<OutboxEntry> waiting =
        [
            .. new[] { "slack", "email" }.Select((channel, at) => new OutboxEntry
            {
                Sequence = at, Page = Paged, Channel = channel, State = DeliveryState.Waiting, DueAt = Pages.Noon, LastError = "no route",
            }),
        ];
        time.Advance(TimeSpan.FromMinutes(5));

        await last.LookWithoutStoreAsync(waiting[..1], panel, None);
        Assert.Empty(events);
        await last.LookWithoutStoreAsync(waiting, panel, None);
        await last.LookWithoutStoreAsync(waiting, panel, None);

        Assert.Equal(Worker, Assert.Single(events).Target);
        Assert.Equal("slack: no route; email: no route", Assert.Single(last.Latest).Errors);
        Assert.Empty(await ReasonsAsync());

        await store.QueuePagesAsync([Paged], ["slack", "email"], None);
        await last.LookAsync(None);
        Assert.Single(events);
        Assert.Single(await ReasonsAsync(), Reason.PagesSilent);
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    private static AuditRecord Audited() => new() { At = Pages.Noon, Kind = AuditKind.Page, Reason = Reason.PageDelivered, Actor = "test", Text = "test" };

    private async Task<Reason[]> ReasonsAsync() => [.. (await store.AuditAsync(new AuditQuery(), None)).Select(one => one.Record.Reason)];

    private Task<bool> TellAsync(EventOnTarget told, CancellationToken cancel)
    {
        events.Add(told);
        return Task.FromResult(true);
    }

    private async Task FailAsync(DeliveryState state, string error)
    {
        foreach (var entry in await store.DuePagesAsync(time.GetUtcNow(), 10, None))
            await store.RecordDeliveryAsync(entry with { State = state, Attempts = 1, LastError = error }, Audited(), None);
    }

    [Fact]
    public async Task An_incident_that_no_configured_channel_is_told_of_is_told_on_its_ScaledObjects_once()
    {
        await IncidentAsync(unheardSince: Pages.Noon);

        await last.LookAsync(None);
        await last.LookAsync(None);

        var told = Assert.Single(events);
        Assert.Equal((Worker, "PageNotDelivered"), (told.Target, told.Reason));
        Assert.Contains("no channel that takes its pages is configured", told.Message, StringComparison.Ordinal);
        Assert.Equal("i", Assert.Single(last.Latest).Page.IncidentId);
        Assert.Single(await ReasonsAsync(), Reason.PagesSilent);
    }

    private async Task IncidentAsync(DateTimeOffset? unheardSince = null)
    {
        var incident = new Incident
        {
            Id = "i",
            Cluster = "prod",
            Cause = Cause.OperatorUnhealthy,
            OpenedAt = Pages.Noon,
            Why = "no lease",
            UnheardSince = unheardSince,
            Members = ImmutableSortedDictionary<TargetId, Member>.Empty
                .Add(Worker, new Member { State = MemberState.Protected, Reason = Reason.TargetTripped, Since = Pages.Noon })
                .Add(new TargetId("sophia-mesh", "other"), new Member { State = MemberState.LeftAlone, Reason = Reason.TargetLeftAloneForeignHpa, Since = Pages.Noon }),
        };
        var panel = Panel.Empty("prod");
        Assert.True(await store.SaveAsync(new Commit { Panel = panel with { Incidents = panel.Incidents.Add("i", incident) }, ExpectedRevision = 0, Lease = null }, None));
    }
}
