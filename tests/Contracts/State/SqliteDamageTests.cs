using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>SQLite keeps any value in any column. Whatever a hand or a disk made of it, a call ends in one of the store's own exceptions.</summary>
public sealed class SqliteDamageTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(Noon);

    private static CancellationToken None => CancellationToken.None;

    private string File => Path.Combine(folder.Path, "state.db");

    [Theory]
    [InlineData("UPDATE panel SET json = x'00ff'", Misfit.Damaged)]
    [InlineData("UPDATE panel SET json = '{\"version\":\"one\",\"cluster\":\"prod\"}'", Misfit.Damaged)]
    [InlineData("UPDATE panel SET json = '[]'", Misfit.Damaged)]
    [InlineData("UPDATE panel SET json = 'null'", Misfit.Damaged)]
    [InlineData("UPDATE panel SET json = '{\"version\":9'", Misfit.Damaged)]
    [InlineData("UPDATE panel SET json = json_set(json, '$.targets', json('{\"a/b\":null}'))", Misfit.Damaged)]
    [InlineData("UPDATE panel SET json = json_set(json, '$.version', 0, '$.writer', 0)", Misfit.Foreign)]
    [InlineData("UPDATE panel SET json = json_set(json, '$.cluster', 'other')", Misfit.Foreign)]
    [InlineData("UPDATE panel SET json = json_set(json, '$.cluster', 'other', '$.version', 9)", Misfit.Foreign)]
    [InlineData("UPDATE panel SET json = json_set(json, '$.version', 9, '$.writer', 9)", Misfit.Newer)]
    [InlineData("UPDATE panel SET json = json_set(json, '$.writer', 9, '$.incidents', 'of another kind')", Misfit.Damaged)]
    [InlineData("DELETE FROM chain", Misfit.Damaged)]
    [InlineData("DROP TABLE panel", Misfit.Damaged)]
    [InlineData("UPDATE meta SET version = 99", Misfit.Newer)]
    [InlineData("UPDATE meta SET version = 'x'", Misfit.Damaged)]
    [InlineData("UPDATE meta SET cluster = 'other'", Misfit.Foreign)]
    public async Task What_does_not_fit_is_told_apart_from_a_newer_version_and_from_somebody_else(string damage, Misfit expected)
    {
        await FillAsync();
        Sql.Run(File, damage);
        using var store = Store();

        var refused = await Assert.ThrowsAsync<StoreContentException>(() => store.LoadAsync(None));

        Assert.Equal((expected, true), (refused.Misfit, refused.NothingKept));
    }

    [Theory]
    [InlineData("UPDATE outbox SET state = 'Lost'")]
    [InlineData("UPDATE outbox SET due_at = -1")]
    [InlineData("UPDATE outbox SET due_at = 9223372036854775807")]
    [InlineData("UPDATE outbox SET queued_at = 9223372036854775807")]
    [InlineData("UPDATE outbox SET page = x'00ff'")]
    [InlineData("UPDATE inbox SET json = '{\"$type\":\"trip\",\"selection\":null}'")]
    [InlineData("UPDATE audit SET json = x'00ff'")]
    [InlineData("UPDATE audit SET at = 'noon'")]
    [InlineData("UPDATE incidents SET json = '{}'")]
    [InlineData("UPDATE lease SET until = 'noon', owner = 'x'")]
    [InlineData("UPDATE panel SET revision = 'many'")]
    [InlineData("DELETE FROM chain")]
    [InlineData("DROP TABLE audit_seal")]
    [InlineData("DROP TABLE outbox")]
    public async Task A_row_that_does_not_fit_is_passed_over_or_makes_the_store_unavailable_and_is_never_a_bug(string damage)
    {
        await FillAsync();
        Sql.Run(File, damage);
        using var store = Store();

        foreach (var call in Calls(store))
        {
            try
            {
                await call();
            }
            catch (StoreUnavailableException)
            {
                // Down, in the store's own words.
            }
        }
    }

    [Fact]
    public async Task What_was_rolled_back_is_known_to_be_not_kept()
    {
        await FillAsync();
        using var store = Store();
        await store.LoadAsync(None);
        Sql.Run(File, "DROP TABLE inbox");

        Assert.True((await Assert.ThrowsAsync<StoreContentException>(() => store.AppendAsync([Order()], None))).NothingKept);
    }

    private static IEnumerable<Func<Task>> Calls(SqliteStore store) =>
    [
        () => store.OpenAsync(None), () => store.LoadAsync(None), () => store.PendingAsync(10, None), () => store.AppendAsync([Order()], None),
        () => store.AcquireLeaseAsync(LeaseName.Runner, "me", TimeSpan.FromMinutes(1), None), () => store.DuePagesAsync(Noon, 10, None), () => store.CountPagesAsync(None),
        () => store.PagesAsync(new PageQuery(), None), () => store.AuditAsync(new AuditQuery(), None), () => store.AuditAsync(new AuditQuery { From = Noon, To = Noon.AddDays(1) }, None),
        () => store.TrailAsync(None), () => store.ClosedIncidentsAsync(10, None), () => store.ClosedIncidentAsync("i", None), () => store.AppendAuditAsync([Audited()], None),
        () => store.ResendAsync("p", "slack", Noon, Audited(), None), () => store.PlaceAsync("r", None),
    ];

    private SqliteStore Store() => new("prod", new SqliteSettings { Path = File, Limits = new StateLimits { Durability = Durability.Relaxed } }, time);

    private async Task FillAsync()
    {
        using var store = Store();
        var lease = (await store.AcquireLeaseAsync(LeaseName.Runner, "somebody", TimeSpan.FromMinutes(1), None)).Lease;
        var page = new Page { Id = "p", Kind = PageKind.Trigger, DedupKey = "d", Cluster = "prod", Severity = Severity.Error, At = Noon, Title = "t", Happened = "h" };
        Assert.True(await store.SaveAsync(
            new Commit
            {
                Panel = Panel.Empty("prod"), ExpectedRevision = 0, Lease = lease, Pages = [page], Channels = ["slack"], Audit = [Audited()],
                Closed = [new Incident { Id = "i", Cluster = "prod", Cause = Cause.Manual, OpenedAt = Noon, ClosedAt = Noon, Why = "drill" }],
            },
            None));
        Assert.True(await store.AppendAsync([Order()], None));
    }

    private static TripOrder Order() => new()
    {
        Key = "k", ReceivedAt = Noon, RequestId = "k", Reason = "drill", By = "ana", Principal = "key operator", Selection = new Selection(Scope.Cluster, null, null),
    };

    private static AuditRecord Audited() => new() { At = Noon, Kind = AuditKind.Decision, Reason = Reason.IncidentOpened, Actor = "reactor", Text = "t" };

    public void Dispose() => folder.Dispose();
}
