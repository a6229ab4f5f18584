using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>An upgrade in the middle of an incident, and the way back: both versions may have the file open.</summary>
public sealed class SqliteVersion1Tests : IDisposable
{
    private static readonly DateTimeOffset When = new(2026, 8, 1, 10, 20, 40, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(When);
    private readonly SqliteStore store;

    public SqliteVersion1Tests()
    {
        Version1.MakeFile(File);
        store = new SqliteStore("prod", new SqliteSettings { Path = File, Limits = new StateLimits { Durability = Durability.Relaxed } }, time);
    }

    private string File => Path.Combine(folder.Path, "state.db");

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Its_incident_goes_on()
    {
        Assert.Equal(0, (await store.OpenAsync(None)).Unreadable);

        var stored = await store.LoadAsync(None);

        Assert.Equal(2, stored.Revision);
        Assert.NotEmpty(stored.Chain);
        var incident = Assert.Single(stored.Panel.Incidents.Values);
        Assert.Equal((Cause.OperatorUnhealthy, Stage.Wave, 1), (incident.Cause, incident.Recovery.Stage, incident.Recovery.Wave));
        Assert.Equal("ana (claimed; authenticated as key operator)", incident.Hold?.By);
        Assert.Equal([Phase.HandingBack, Phase.OnFallback, Phase.Tripping], stored.Panel.Targets.Values.Select(target => target.Phase));
        Assert.Equal("false", stored.Panel.Targets[new TargetId("sophia", "chat")].Memory.PriorPaused);
        Assert.Equal(
            [1, 1, 1, 1],
            [stored.Panel.Windows.Count, stored.Panel.Alerts.Count, stored.Panel.Notices.Count, stored.Panel.Orders.Count]);
    }

    [Fact]
    public async Task Its_queues_trail_and_archive_come_back()
    {
        Assert.Equal(
            [typeof(AlertSignal), typeof(TripOrder), typeof(ResetOrder), typeof(IncidentOrder)],
            (await store.PendingAsync(10, None)).Select(entry => entry.Signal.GetType()));
        Assert.Equal(["email"], (await store.DuePagesAsync(When, 10, None)).Select(entry => entry.Channel));
        Assert.Equal(["slack", "email"], (await store.DuePagesAsync(When.AddHours(1), 10, None)).Select(entry => entry.Channel));
        Assert.Equal(
            [("email", 1, 1), ("slack", 1, 0)],
            (await store.CountPagesAsync(None)).Select(count => (count.Channel, count.Waiting, count.Dead)));
        var trail = await store.AuditAsync(new AuditQuery(), None);
        Assert.Equal([1L, 2, 3, 4, 5, 6, 7], trail.Select(stored => stored.Sequence));
        Assert.DoesNotContain(trail, stored => stored.Record.Reason == Reason.RecordOfOtherVersion);
        Assert.Equal("inc-00000001", Assert.Single(await store.ClosedIncidentsAsync(10, None)).Id);
    }

    [Fact]
    public async Task The_lease_that_it_holds_is_held_until_it_ends()
    {
        Assert.Null((await AskAsync()).Lease);
        Assert.Equal(1, (await AskAsync(LeaseName.Delivery)).Lease!.Token);

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(3, (await AskAsync()).Lease!.Token);
    }

    [Fact]
    public async Task What_it_reads_by_is_as_it_was_after_our_saves()
    {
        var layout = Version1.Layout(File);
        time.Advance(TimeSpan.FromSeconds(30));
        var lease = (await AskAsync()).Lease;
        for (var save = 0; save < 2; save++)
        {
            var stored = await store.LoadAsync(None);
            Assert.True(await store.SaveAsync(new Commit { Panel = stored.Panel, ExpectedRevision = stored.Revision, Lease = lease, Unknown = stored.Unknown }, None));
        }

        await store.AppendAsync([(await store.PendingAsync(1, None))[0].Signal], None);

        // Its own rules: one row in meta of version 1, a panel of version 1, and nothing in it that it would not find where it was.
        Assert.Equal(layout, Version1.Layout(File));
        Assert.Equal(("1 prod", "1"), (Sql.Text(File, "SELECT version || ' ' || cluster FROM meta"), Sql.Text(File, "SELECT count(*) FROM meta")));
        Assert.Equal(("1", "4"), (Sql.Text(File, "SELECT json ->> 'version' FROM panel"), Sql.Text(File, "SELECT revision FROM panel")));
        Version1.AssertFinds(JsonNode.Parse(Version1.PanelJson), JsonNode.Parse(Sql.Text(File, "SELECT json FROM panel")!));
        Assert.Equal("alert", Sql.Text(File, "SELECT json ->> '$.$type' FROM inbox ORDER BY sequence DESC LIMIT 1"));
    }

    [Fact]
    public async Task A_file_that_is_made_now_has_its_layout_and_more_only_in_tables_of_their_own()
    {
        var fresh = Path.Combine(folder.Path, "fresh.db");
        using var made = new SqliteStore("prod", new SqliteSettings { Path = fresh, Limits = new StateLimits { Durability = Durability.Relaxed } }, time);
        await made.OpenAsync(None);

        Assert.Equal(Version1.Layout(File), Version1.Layout(fresh));
        Assert.Equal("audit_places,audit_seal,audit_state,chain,delivery_lease,lease_lock", Sql.Text(fresh, """
            SELECT group_concat(name) FROM (
                SELECT name FROM sqlite_master
                WHERE type = 'table' AND name NOT IN ('meta', 'panel', 'inbox', 'lease', 'outbox', 'audit', 'incidents', 'sqlite_sequence') ORDER BY name)
            """));
    }

    [Fact]
    public async Task Its_chain_is_named_once()
    {
        var first = (await store.LoadAsync(None)).Chain;
        using var other = new SqliteStore("prod", new SqliteSettings { Path = File }, time);

        Assert.Equal(first, (await other.LoadAsync(None)).Chain);
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    private Task<LeaseAnswer> AskAsync(LeaseName name = LeaseName.Runner) => store.AcquireLeaseAsync(name, "new", TimeSpan.FromSeconds(30), None);
}
