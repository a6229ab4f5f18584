using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public abstract partial class StoreContract
{
    private static async Task<string[]> TextsAsync(IStateStore store, AuditQuery query) =>
        [.. (await store.AuditAsync(query, None)).Select(stored => stored.Record.Text)];

    [StoreFact]
    public async Task The_trail_has_no_gap_however_many_write_at_once()
    {
        var stores = new[] { Connect(), Connect() };
        await QueueAsync(stores[0], ["slack"], NewPage("p"));
        var page = Assert.Single(await stores[0].DuePagesAsync(Noon, 1, None));

        await Task.WhenAll(Enumerable.Range(0, 30).Select(async n =>
        {
            var store = stores[n % 2];
            if (n % 3 == 0) await store.AppendAuditAsync([Audited($"{n} a"), Audited($"{n} b")], None);
            else if (n % 3 == 1) await store.RecordDeliveryAsync(page, Audited($"{n}"), None);
            // Loses most of the time, and must leave no hole then.
            else await store.SaveAsync(await NextAsync(store) with { Audit = [Audited($"{n}")] }, None);
        }));

        var trail = await Connect().AuditAsync(new AuditQuery { Limit = 1_000 }, None);
        Assert.InRange(trail.Length, 31, 40);
        Assert.Equal(Enumerable.Range(1, trail.Length).Select(n => (long)n), trail.Select(stored => stored.Sequence));
    }

    [StoreFact]
    public async Task A_record_comes_back_whole()
    {
        var store = Connect();
        var record = Filled.Of<AuditRecord>();

        await store.AppendAuditAsync([record], None);

        Same.Assert(record, Assert.Single(await store.AuditAsync(new AuditQuery(), None)).Record);
    }

    [StoreFact]
    public async Task The_trail_is_read_page_by_page_or_from_its_end()
    {
        var store = Connect();
        await store.AppendAuditAsync([.. Enumerable.Range(1, 5).Select(n => Audited($"{n}"))], None);

        Assert.Equal(["1", "2"], await TextsAsync(store, new AuditQuery { Limit = 2 }));
        Assert.Equal(["3", "4"], await TextsAsync(store, new AuditQuery { Limit = 2, After = 2 }));
        Assert.Empty(await TextsAsync(store, new AuditQuery { After = 5 }));
        Assert.Equal(["5", "4"], await TextsAsync(store, new AuditQuery { Limit = 2, After = 3, Latest = true } with { After = 99 }));
    }

    [StoreFact]
    public async Task A_limit_outside_its_range_is_taken_as_the_nearest_within()
    {
        var store = Connect();
        await store.AppendAuditAsync([.. Enumerable.Range(1, 1_002).Select(n => Audited($"{n}"))], None);

        Assert.Single(await TextsAsync(store, new AuditQuery { Limit = 0 }));
        Assert.Equal(1_000, (await TextsAsync(store, new AuditQuery { Limit = int.MaxValue })).Length);
    }

    [StoreFact]
    public async Task The_trail_is_filtered_by_incident_target_and_kind()
    {
        var store = Connect();
        var worker = new TargetId("sophia", "worker");
        await store.AppendAuditAsync(
            [
                Audited("1", "i1", worker),
                Audited("2", "i1", worker, AuditKind.Write),
                Audited("3", "i2", new TargetId("other", "worker"), AuditKind.Write),
                Audited("4", null, new TargetId("sophia", "api")),
            ],
            None);

        Assert.Equal(["1", "2"], await TextsAsync(store, new AuditQuery { IncidentId = "i1" }));
        Assert.Equal(["1", "2"], await TextsAsync(store, new AuditQuery { Target = worker }));
        Assert.Equal(["2", "3"], await TextsAsync(store, new AuditQuery { Kind = AuditKind.Write }));
        Assert.Equal(["2"], await TextsAsync(store, new AuditQuery { IncidentId = "i1", Target = worker, Kind = AuditKind.Write, After = 1 }));
        Assert.Equal(["3", "2"], await TextsAsync(store, new AuditQuery { Kind = AuditKind.Write, Latest = true }));
    }

    [StoreFact]
    public async Task Conditions_hold_together_however_far_apart_what_fits_them_lies()
    {
        var store = Connect();
        var rare = new TargetId("sophia", "rare");
        // Every hundredth is of the rare target, every third a write; the other incident's name begins with this one's.
        await store.AppendAuditAsync(
            [.. Enumerable.Range(1, 2_600).Select(n => Audited($"{n}", n % 50 == 0 ? "i/1" : "i", n % 100 == 99 ? rare : null, n % 3 == 0 ? AuditKind.Write : AuditKind.Decision))],
            None);
        string[] Fitting(Func<int, bool> fits) => [.. Enumerable.Range(1, 2_600).Where(fits).Select(n => $"{n}")];

        var both = Fitting(n => n % 100 == 99 && n % 3 == 0);
        Assert.Equal(both, await TextsAsync(store, new AuditQuery { IncidentId = "i", Target = rare, Kind = AuditKind.Write }));
        Assert.Equal(both.Reverse(), await TextsAsync(store, new AuditQuery { IncidentId = "i", Target = rare, Kind = AuditKind.Write, Latest = true }));
        Assert.Equal(both[2..4], await TextsAsync(store, new AuditQuery { Target = rare, Kind = AuditKind.Write, After = long.Parse(both[1]), Limit = 2 }));
        Assert.Equal(Fitting(n => n % 50 == 0), await TextsAsync(store, new AuditQuery { IncidentId = "i/1" }));
        Assert.Empty(await TextsAsync(store, new AuditQuery { IncidentId = "i/1", Target = rare }));
    }
}
