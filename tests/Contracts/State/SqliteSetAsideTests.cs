using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>What the refusal of a file tells the operator to do, done.</summary>
public sealed class SqliteSetAsideTests : IDisposable
{
    private const string Newer = """{"version":3,"writer":3,"cluster":"prod"}""";
    private const string Written = "SELECT json FROM panel";

    private readonly TemporaryFolder folder = new();
    private readonly List<SqliteStore> stores = [];

    private string File => Path.Combine(folder.Path, "state.db");

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task The_refusal_says_what_was_found_and_what_to_do()
    {
        await BreakAsync(Store());

        var refused = await Assert.ThrowsAsync<StoreContentException>(() => Store().LoadAsync(None));

        Assert.Equal(
            $"The state file {File} can't be read. Found: a panel of version 3. Expected: one of version 1 to 2, or a newer one that says that "
            + "version 2 can read it. It was left as it is. Either run the version that wrote it, or move it (with its -wal and -shm files) "
            + "away: the reactor then starts anew and takes up what its annotations in the cluster say.",
            refused.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_was_moved_away_is_begun_anew_as_another_chain_also_under_a_store_that_runs(bool runs)
    {
        var store = Store();
        var chain = (await store.LoadAsync(None)).Chain;
        await BreakAsync(store);
        await Assert.ThrowsAsync<StoreContentException>(() => store.OpenAsync(None));

        if (!runs) store.Dispose();
        var aside = MoveAside();

        store = runs ? store : Store();
        await store.OpenAsync(None);
        var stored = await store.LoadAsync(None);
        Assert.Equal(0, stored.Revision);
        Same.Assert(Panel.Empty("prod"), stored.Panel);
        Assert.NotEqual(chain, stored.Chain);
        Assert.Empty(await store.PendingAsync(10, None));
        Assert.True(await store.SaveAsync(new Commit { Panel = stored.Panel, ExpectedRevision = 0, Lease = null }, None));

        // What was set aside is whole for the version that wrote it, and nobody writes to it any more.
        Assert.Equal(Newer, Sql.Text(aside, Written));
        Assert.Equal("1", Sql.Text(aside, "SELECT count(*) FROM inbox"));
        Assert.Equal("ok", Sql.Text(aside, "PRAGMA integrity_check"));
        Assert.Equal((1, stored.Chain), await RevisionAsync());
    }

    [Fact]
    public async Task A_log_that_was_left_behind_does_no_harm_to_the_new_file()
    {
        var store = Store();
        await BreakAsync(store);
        Assert.True(new FileInfo(File + "-wal").Length > 0);

        System.IO.File.Move(File, File + ".aside");

        Assert.Equal(0, (await Store().LoadAsync(None)).Revision);
        Assert.Equal(0, (await store.LoadAsync(None)).Revision);
        Assert.Equal("ok", Sql.Text(File, "PRAGMA integrity_check"));
    }

    [Fact]
    public async Task A_file_of_garbage_is_set_aside_in_the_same_way()
    {
        var garbage = new string('x', 9_000);
        await System.IO.File.WriteAllTextAsync(File, garbage);
        var store = Store();
        var refused = await Assert.ThrowsAsync<StoreContentException>(() => store.OpenAsync(None));
        Assert.Contains("move it (with its -wal and -shm files) away", refused.Message);

        var aside = MoveAside();

        await store.OpenAsync(None);
        Assert.Equal(garbage, await System.IO.File.ReadAllTextAsync(aside));
    }

    public void Dispose()
    {
        stores.ForEach(store => store.Dispose());
        folder.Dispose();
    }

    private SqliteStore Store()
    {
        var limits = new StateLimits { Durability = Durability.Relaxed };
        stores.Add(new SqliteStore("prod", new SqliteSettings { Path = File, Limits = limits }, new ManualTime(DateTimeOffset.UnixEpoch)));
        return stores[^1];
    }

    private async Task BreakAsync(SqliteStore store)
    {
        await store.AppendAsync([Filled.Of<AlertSignal>()], None);
        Assert.True(await store.SaveAsync(new Commit { Panel = Panel.Empty("prod"), ExpectedRevision = 0, Lease = null }, None));
        Sql.Run(File, "UPDATE panel SET json = $json", ("$json", Newer));
    }

    private string MoveAside()
    {
        var aside = File + ".aside";
        foreach (var suffix in new[] { "", "-wal", "-shm" }.Where(suffix => System.IO.File.Exists(File + suffix)))
            System.IO.File.Move(File + suffix, aside + suffix);
        return aside;
    }

    private async Task<(long Revision, string Chain)> RevisionAsync()
    {
        var stored = await Store().LoadAsync(None);
        return (stored.Revision, stored.Chain);
    }
}
