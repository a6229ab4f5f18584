using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public abstract partial class StoreContract
{
    [StoreFact]
    public async Task A_store_that_never_saved_has_an_empty_panel_of_its_cluster_at_revision_zero()
    {
        var store = Connect();
        await store.OpenAsync(None);

        var stored = await store.LoadAsync(None);

        Assert.Equal(0, stored.Revision);
        Same.Assert(Panel.Empty(Cluster), stored.Panel);
    }

    [StoreFact]
    public async Task A_saved_panel_comes_back_whole_over_another_connection()
    {
        var panel = Filled.Of<Panel>() with { Cluster = Cluster };
        Assert.True(await Connect().SaveAsync(new Commit { Panel = panel, ExpectedRevision = 0, Lease = null }, None));

        var stored = await Connect().LoadAsync(None);

        Assert.Equal(1, stored.Revision);
        Same.Assert(panel, stored.Panel);
    }

    [StoreFact]
    public async Task Of_two_saves_from_the_same_revision_only_the_first_counts()
    {
        var (first, second) = (Connect(), Connect());
        var (one, two) = (await NextAsync(first), await NextAsync(second));

        Assert.True(await first.SaveAsync(one with { Panel = one.Panel with { LastSeenAt = Noon } }, None));
        Assert.False(await second.SaveAsync(two with { Panel = two.Panel with { LastSeenAt = Noon.AddHours(1) } }, None));

        Assert.Equal(Noon, (await second.LoadAsync(None)).Panel.LastSeenAt);
    }

    [StoreFact]
    public async Task A_revision_of_the_future_is_refused() =>
        Assert.False(await Connect().SaveAsync(new Commit { Panel = Panel.Empty(Cluster), ExpectedRevision = 7, Lease = null }, None));

    [StoreFact]
    public async Task Many_that_save_at_once_each_count_exactly_once()
    {
        async Task AddOneAsync(IStateStore store, int who)
        {
            while (true)
            {
                var next = await NextAsync(store);
                var notice = new Notice { DedupKey = $"n{who}", Since = Noon, Title = "t", Severity = Severity.Info };
                if (await store.SaveAsync(next with { Panel = next.Panel with { Notices = next.Panel.Notices.Add($"n{who}", notice) } }, None)) return;
            }
        }

        var stores = new[] { Connect(), Connect() };
        await Task.WhenAll(Enumerable.Range(0, 10).Select(who => AddOneAsync(stores[who % 2], who)));

        var stored = await Connect().LoadAsync(None);
        Assert.Equal(10, stored.Revision);
        Assert.Equal(10, stored.Panel.Notices.Count);
    }

    [StoreFact]
    public async Task A_runner_whose_lease_was_taken_can_not_save()
    {
        var (late, store) = (Connect(), Connect());
        var old = await TakeAsync(late, "late");
        Time.Advance(TimeSpan.FromSeconds(31));
        var fresh = await TakeAsync(store, "fresh");

        Assert.False(await late.SaveAsync(await NextAsync(late, old), None));
        Assert.True(await store.SaveAsync(await NextAsync(store, fresh), None));
    }

    [StoreFact]
    public async Task The_same_number_in_another_hand_is_not_the_lease_that_was_given_out_last()
    {
        var store = Connect();
        var lease = await TakeAsync(store);

        Assert.False(await store.SaveAsync(await NextAsync(store, lease with { Owner = "other" }), None));
        Assert.False(await store.SaveAsync(await NextAsync(store, lease with { Token = lease.Token + 1 }), None));
        Assert.False(await store.SaveAsync(await NextAsync(store, lease: null), None));
        Assert.True(await store.SaveAsync(await NextAsync(store, lease), None));
    }

    [StoreFact]
    public async Task A_chain_is_named_once_and_lasts_until_a_commit_begins_another()
    {
        var (one, two) = (Connect(), Connect());
        await one.OpenAsync(None);
        var first = (await one.LoadAsync(None)).Chain;
        Assert.NotEmpty(first);
        Assert.True(await one.SaveAsync(await NextAsync(one), None));
        Assert.Equal(first, (await two.LoadAsync(None)).Chain);

        Assert.False(await two.SaveAsync(await NextAsync(two) with { ExpectedRevision = 9, NewChain = "second" }, None));
        Assert.Equal(first, (await one.LoadAsync(None)).Chain);
        Assert.True(await two.SaveAsync(await NextAsync(two) with { NewChain = "second" }, None));
        Assert.Equal("second", (await one.LoadAsync(None)).Chain);
    }

    [StoreFact]
    public async Task A_refused_save_changes_nothing_at_all()
    {
        var store = Connect();
        await store.AppendAsync([Alert("a")], None);
        var decided = (await store.PendingAsync(1, None))[0].Sequence;
        var old = await TakeAsync(store);
        var lease = await TakeAsync(store);
        Commit Full(long revision, StoreLease with) => new()
        {
            Panel = Panel.Empty(Cluster) with { LastSeenAt = Noon },
            ExpectedRevision = revision,
            Lease = with,
            Decided = [decided],
            Pages = [NewPage("p")],
            Channels = ["slack"],
            Audit = [Audited("decided")],
            Closed = [Closed("i", Noon)],
        };

        Assert.False(await store.SaveAsync(Full(revision: 1, lease), None));
        Assert.False(await store.SaveAsync(Full(revision: 0, old), None));
        // Fails half way: a panel, an inbox and an outbox were written when the archive refuses an open incident.
        await Assert.ThrowsAsync<ArgumentException>(
            () => store.SaveAsync(Full(revision: 0, lease) with { Closed = [Closed("i", Noon) with { ClosedAt = null }] }, None));

        Assert.Equal(0, (await store.LoadAsync(None)).Revision);
        Assert.Equal(["a"], await KeysAsync(store));
        Assert.Empty(await store.DuePagesAsync(Noon, 10, None));
        Assert.Empty(await store.AuditAsync(new AuditQuery(), None));
        Assert.Empty(await store.ClosedIncidentsAsync(10, None));

        Assert.True(await store.SaveAsync(Full(revision: 0, lease), None));
        Assert.Empty(await KeysAsync(store));
        Assert.Single(await store.DuePagesAsync(Noon, 10, None));
        Assert.Equal([1L], (await store.AuditAsync(new AuditQuery(), None)).Select(stored => stored.Sequence));
        Assert.NotNull(await store.ClosedIncidentAsync("i", None));
    }

    [StoreFact]
    public async Task Closed_incidents_are_kept_latest_first_and_whole_until_their_retention_ends()
    {
        var store = Connect(Relaxed with { IncidentRetention = TimeSpan.FromDays(2) });
        var full = Filled.Of<Incident>() with { Id = "full", Cluster = Cluster, ClosedAt = Noon };
        await store.SaveAsync(await NextAsync(store) with { Closed = [Closed("old", Noon.AddDays(-1)), full] }, None);

        Assert.Equal(["full", "old"], (await store.ClosedIncidentsAsync(10, None)).Select(incident => incident.Id));
        Assert.Equal(["full"], (await store.ClosedIncidentsAsync(1, None)).Select(incident => incident.Id));
        Same.Assert(full, await store.ClosedIncidentAsync("full", None));
        Assert.Null(await store.ClosedIncidentAsync("none", None));

        Time.Advance(TimeSpan.FromDays(1.5));
        await store.SaveAsync(await NextAsync(store), None);
        Assert.Equal(["full"], (await store.ClosedIncidentsAsync(10, None)).Select(incident => incident.Id));
    }
}
