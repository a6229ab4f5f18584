using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Keeping;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Keeping;

/// <summary>
/// Two instances with one store: one opened an incident, the other closed it. Then the store is lost or an older copy of it is put in its
/// place, and whoever runs first goes on: PagerDuty ends where the incident does.
/// </summary>
public sealed class TwoInstancesTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Policy Policy = new() { Cluster = "prod", AlertChannels = ["pagerduty"] };

    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(Noon);
    private readonly List<(PageKind Kind, string Key)> pagerDuty = [];
    private readonly ProcessMemory one = new("prod");
    private readonly ProcessMemory two = new("prod");
    private SqliteStore store;

    public TwoInstancesTests() => store = Open();

    private string Folder => Path.Combine(folder.Path, "state");

    private SqliteStore Open() =>
        new("prod", new SqliteSettings { Path = Path.Combine(Folder, "state.db"), Limits = new() { Durability = Durability.Relaxed } }, time);

    /// <summary>One run of an instance that changes the panel, and the pages of that.</summary>
    private async Task RunAsync(ProcessMemory memory, Func<Panel, (Panel, ImmutableArray<Page>)>? decide = null)
    {
        var keeper = new StoreKeeper(store, memory, Policy, time, memory == one ? "one" : "two", NullLogger.Instance);
        Assert.Null(await keeper.BeginAsync(default));
        var basis = await keeper.LoadAsync(10, default);
        var (panel, pages) = decide?.Invoke(basis.Panel) ?? (basis.Panel, []);
        Assert.NotNull(await keeper.SaveAsync(basis, new Decision(panel, pages, [], [], []), default));
        await keeper.EndAsync();
    }

    private async Task DeliverAsync()
    {
        while (await store.DuePagesAsync(time.GetUtcNow(), 10, default) is { IsEmpty: false } due)
        {
            foreach (var entry in due)
            {
                pagerDuty.Add((entry.Page.Kind, entry.Page.DedupKey));
                var record = new AuditRecord { At = time.GetUtcNow(), Kind = AuditKind.Page, Reason = Reason.PageDelivered, Actor = "reactor", Text = "" };
                await store.RecordDeliveryAsync(entry with { State = DeliveryState.Delivered }, record, default);
            }
        }
    }

    private (Panel, ImmutableArray<Page>) Opens(Panel panel)
    {
        var incident = new Incident { Id = "i1", Cluster = "prod", Cause = Cause.OperatorUnhealthy, OpenedAt = time.GetUtcNow(), Why = "seen", Pages = 1 };
        return (panel with { Incidents = panel.Incidents.Add("i1", incident) }, [NewPage(panel, incident, PageKind.Trigger)]);
    }

    private (Panel, ImmutableArray<Page>) Updates(Panel panel)
    {
        var incident = panel.Incidents["i1"] with { Pages = panel.Incidents["i1"].Pages + 1 };
        return (panel with { Incidents = panel.Incidents.SetItem("i1", incident) }, [NewPage(panel, incident, PageKind.Update)]);
    }

    private (Panel, ImmutableArray<Page>) Closes(Panel panel)
    {
        var incident = panel.Incidents["i1"] with { Pages = panel.Incidents["i1"].Pages + 1 };
        return (panel with { Incidents = panel.Incidents.Remove("i1") }, [NewPage(panel, incident, PageKind.Resolve)]);
    }

    private Page NewPage(Panel panel, Incident incident, PageKind kind) => new()
    {
        Id = panel.PageId(incident.DedupKey, incident.Pages), Kind = kind, DedupKey = incident.DedupKey, IncidentId = incident.Id, Cluster = "prod", Severity = Severity.Critical,
        At = time.GetUtcNow(), Title = "KEDA's operator is down", Happened = "h",
    };

    private async Task OneOpensAndTwoClosesAsync(Action? between = null)
    {
        await RunAsync(two); // so that it knows the store's chain
        await RunAsync(one, Opens);
        await DeliverAsync();
        between?.Invoke();
        await RunAsync(two, Closes);
    }

    private void PutBack(string? copy)
    {
        store.Dispose();
        Directory.Delete(Folder, recursive: true);
        if (copy is not null)
            Directory.Move(copy, Folder);
        store = Open();
    }

    private string BackUp()
    {
        store.Dispose();
        var copy = Path.Combine(folder.Path, "copy");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(Folder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        store = Open();
        return copy;
    }

    private void Resolved() => Assert.Equal(PageKind.Resolve, pagerDuty[^1].Kind);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lost_after_all_was_delivered_it_ends_resolved_whoever_runs_first(bool openerFirst)
    {
        await OneOpensAndTwoClosesAsync();
        await DeliverAsync();
        await RunAsync(one);
        PutBack(null);

        foreach (var memory in openerFirst ? new[] { one, two } : [two, one])
        {
            await RunAsync(memory);
            await DeliverAsync();
            Resolved();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lost_before_the_resolve_was_delivered_it_ends_resolved_also_when_the_one_that_closed_it_is_gone(bool closerGone)
    {
        await OneOpensAndTwoClosesAsync();
        await RunAsync(one);
        PutBack(null);

        await RunAsync(one);
        if (!closerGone) await RunAsync(two);
        await DeliverAsync();

        Resolved();
    }

    [Fact]
    public async Task The_resolve_is_sent_by_the_one_that_queued_it_although_another_has_mended_the_store_already()
    {
        await RunAsync(one);
        await RunAsync(two, Opens);
        await DeliverAsync();
        await RunAsync(two, Closes);
        PutBack(null);

        await RunAsync(one); // it never knew the incident
        await DeliverAsync();
        await RunAsync(two);
        await DeliverAsync();

        Resolved();
    }

    [Fact]
    public async Task The_resolve_is_sent_although_another_that_did_not_know_of_it_gave_its_number_to_another_page()
    {
        await RunAsync(two);
        await RunAsync(one, Opens);
        await RunAsync(two, Updates);
        await RunAsync(one);
        await RunAsync(two, Closes); // page 3
        await DeliverAsync();
        PutBack(null);

        await RunAsync(one); // says how it stands: its page 3
        await RunAsync(one, Closes);
        await DeliverAsync();
        await RunAsync(two);
        await DeliverAsync();

        Resolved();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_that_went_on_without_the_store_never_give_one_number_to_two_pages(bool firstCloses)
    {
        await RunAsync(two);
        await RunAsync(one, Opens);
        await RunAsync(two);
        await DeliverAsync();
        foreach (var memory in new[] { one, two })
        {
            memory.StoreIsDown(time.GetUtcNow());
            var (panel, pages) = Updates(memory.Alone);
            memory.GoneOn(new Decision(panel, pages, [], [], []), Policy.AlertChannels);
            if ((memory == one) != firstCloses)
                continue;
            (panel, pages) = Closes(memory.Alone);
            memory.GoneOn(new Decision(panel, pages, [], [], []), Policy.AlertChannels);
        }

        await RunAsync(one);
        await RunAsync(two);
        await RunAsync(one, panel => panel.Incidents.ContainsKey("i1") ? Closes(panel) : (panel, []));
        await DeliverAsync();

        Resolved();
    }

    [Fact]
    public async Task An_older_copy_in_which_the_trigger_still_waits_ends_resolved_hours_later_too()
    {
        await RunAsync(two);
        await RunAsync(one, Opens);
        var copy = BackUp();
        await DeliverAsync();
        await RunAsync(two, Closes);
        await DeliverAsync();
        time.Advance(TimeSpan.FromHours(3));
        await RunAsync(one);
        PutBack(copy);

        await RunAsync(one);
        await DeliverAsync();

        Assert.Equal(PageKind.Trigger, pagerDuty[^2].Kind);
        Resolved();
    }

    [Fact]
    public async Task Whoever_does_not_get_to_run_knows_of_the_end_all_the_same()
    {
        await RunAsync(two);
        await RunAsync(one, Opens);
        await DeliverAsync();
        var keeper = new StoreKeeper(store, two, Policy, time, "two", NullLogger.Instance);
        await keeper.BeginAsync(default);
        var basis = await keeper.LoadAsync(10, default);
        var (panel, pages) = Closes(basis.Panel);
        await keeper.SaveAsync(basis, new Decision(panel, pages, [], [], []), default);

        // The lease is the other's: it is told how long, and what was saved.
        Assert.NotNull(await new StoreKeeper(store, one, Policy, time, "one", NullLogger.Instance).BeginAsync(default));
        Assert.Empty(one.Latest.Incidents);
        PutBack(null);
        await RunAsync(one);
        await DeliverAsync();

        Assert.Empty((await store.LoadAsync(default)).Panel.Incidents);
        Resolved();
    }

    [Fact]
    public async Task Down_before_it_is_lost_what_was_queued_last_is_not_forgotten()
    {
        await OneOpensAndTwoClosesAsync();
        two.StoreIsDown(time.GetUtcNow());
        two.GoneOn(new Decision(two.Latest, [], [], [], []), Policy.AlertChannels);
        PutBack(null);

        await RunAsync(two);
        await DeliverAsync();

        Resolved();
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }
}
