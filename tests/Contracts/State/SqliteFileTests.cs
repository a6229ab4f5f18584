using Microsoft.Data.Sqlite;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Sqlite;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class SqliteFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<SqliteStore> stores = [];

    private string File => Path.Combine(folder.Path, "state.db");

    private static CancellationToken None => CancellationToken.None;

    /// <summary>A process that stops in the middle of a run.</summary>
    [Fact]
    public async Task Writes_that_wait_for_their_turn_end_although_the_store_is_closed_meanwhile()
    {
        await SaveOnceAsync();
        var store = Store();
        await store.OpenAsync(None);
        var writes = Enumerable.Range(0, 50).Select(n => store.MoveAsync($"reader-{n}", null, 1, None)).ToList();

        store.Dispose();

        Assert.All(await Task.WhenAll(writes).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System), Assert.True);
    }

    [Theory]
    [InlineData("{ not json", "JSON")]
    [InlineData("""{"version":3,"writer":3,"cluster":"prod","somethingNew":{}}""", "panel of version 3")]
    [InlineData("""{"version":0,"writer":0,"cluster":"prod"}""", "panel of version 0")]
    [InlineData("""{"cluster":"prod"}""", "panel of version (none)")]
    [InlineData("""{"version":1}""", "cluster")]
    [InlineData("""{"version":1,"cluster":"other"}""", "cluster 'other'")]
    [InlineData("""{"version":1,"cluster":"prod","incidents":null}""", "incidents")]
    public async Task A_panel_that_can_not_be_read_is_refused_by_name_and_left_as_it_is(string json, string found)
    {
        await SaveOnceAsync();
        Sql.Run(File, "UPDATE panel SET json = $json", ("$json", json));

        var store = Store();
        var refused = await Assert.ThrowsAsync<StoreContentException>(() => store.OpenAsync(None));
        await Assert.ThrowsAsync<StoreContentException>(() => store.LoadAsync(None));

        Assert.Contains(File, refused.Message);
        Assert.Contains(found, refused.Message);
        Assert.Contains("It was left as it is", refused.Message);
        Assert.Equal(json, Sql.Text(File, "SELECT json FROM panel"));
    }

    [Theory]
    [InlineData("UPDATE meta SET version = 2", "layout version 2")]
    [InlineData("UPDATE meta SET cluster = 'other'", "cluster 'other'")]
    [InlineData("DELETE FROM meta", "meta")]
    [InlineData("DROP TABLE panel", "no such table: panel")]
    public async Task A_layout_of_another_version_or_cluster_is_refused(string damage, string found)
    {
        await SaveOnceAsync();
        Sql.Run(File, damage);

        var refused = await Assert.ThrowsAsync<StoreContentException>(() => Store().OpenAsync(None));

        Assert.Contains(found, refused.Message);
    }

    [Fact]
    public async Task A_database_of_something_else_is_refused_and_left_as_it_is()
    {
        Sql.Run(File, "CREATE TABLE bills (amount INTEGER)");
        var before = await System.IO.File.ReadAllBytesAsync(File);

        var refused = await Assert.ThrowsAsync<StoreContentException>(() => Store().OpenAsync(None));

        Assert.Contains("bills", refused.Message);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        var text = new string('x', 5_000);
        await System.IO.File.WriteAllTextAsync(File, text);

        await Assert.ThrowsAsync<StoreContentException>(() => Store().OpenAsync(None));

        Assert.Equal(text, await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task A_path_that_can_not_be_written_is_unavailable()
    {
        await System.IO.File.WriteAllTextAsync(Path.Combine(folder.Path, "file"), "");

        await Assert.ThrowsAsync<StoreUnavailableException>(() => Store(Path.Combine(folder.Path, "file", "state.db")).OpenAsync(None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Store(folder.Path).OpenAsync(None));
        if (OperatingSystem.IsLinux())
            await Assert.ThrowsAsync<StoreUnavailableException>(() => Store("/proc/reactor/state.db").OpenAsync(None));
    }

    [Theory]
    [InlineData(5, "busy")]
    [InlineData(8, "read-only")]
    [InlineData(10, "I/O error")]
    [InlineData(13, "disk full")]
    [InlineData(14, "can't open")]
    public void What_may_pass_is_unavailable(int code, string words) =>
        Assert.Contains(words, Assert.IsType<StoreUnavailableException>(SqliteErrors.Translate(new SqliteException(words, code), File)).Message);

    [Fact]
    public async Task A_file_that_another_process_holds_is_unavailable_and_works_again_afterwards()
    {
        var store = Store(busyTimeout: TimeSpan.FromMilliseconds(50));
        await store.OpenAsync(None);
        using (var other = Open())
        using (other.BeginTransaction(deferred: false))
        {
            var unavailable = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAuditAsync([], None));
            Assert.Contains("locked", unavailable.Message);
            Assert.Equal(0, (await store.LoadAsync(None)).Revision);
        }

        await SaveOnceAsync(store);
    }

    [Fact]
    public async Task What_was_saved_is_there_when_a_process_was_killed_without_closing()
    {
        await SaveOnceAsync();
        // The files as a kill leaves them: the log has not been folded into the database.
        var copy = Path.Combine(folder.Path, "after-kill.db");
        foreach (var suffix in new[] { "", "-wal" })
            System.IO.File.Copy(File + suffix, copy + suffix);
        Assert.True(new FileInfo(copy + "-wal").Length > 0);

        var stored = await Store(copy).LoadAsync(None);

        Assert.Equal((1, "kept"), (stored.Revision, stored.Panel.Signs.MetricsServerReason));
    }

    [Fact]
    public async Task A_file_that_was_deleted_under_the_store_is_made_anew_instead_of_being_written_where_nobody_finds_it()
    {
        var store = Store();
        await SaveOnceAsync(store);
        foreach (var suffix in new[] { "", "-wal", "-shm" })
            System.IO.File.Delete(File + suffix);

        Assert.Equal(0, (await store.LoadAsync(None)).Revision);
        await SaveOnceAsync(store);

        Assert.True(System.IO.File.Exists(File));
        Assert.Equal(1, (await Store().LoadAsync(None)).Revision);
    }

    [Fact]
    public async Task Reading_goes_on_beside_a_writer_by_a_write_ahead_log()
    {
        await SaveOnceAsync();

        Assert.Equal("wal", Sql.Text(File, "PRAGMA journal_mode"));
    }

    [Fact]
    public async Task A_panel_of_another_cluster_is_not_saved() =>
        await Assert.ThrowsAsync<ArgumentException>(
            () => Store().SaveAsync(new Commit { Panel = Panel.Empty("other"), ExpectedRevision = 0, Lease = null }, None));

    public void Dispose()
    {
        stores.ForEach(store => store.Dispose());
        folder.Dispose();
    }

    private SqliteStore Store(string? path = null, TimeSpan? busyTimeout = null)
    {
        var settings = new SqliteSettings { Path = path ?? File, BusyTimeout = busyTimeout ?? TimeSpan.FromSeconds(5), Limits = new StateLimits { Durability = Durability.Relaxed } };
        var store = new SqliteStore("prod", settings, new ManualTime(DateTimeOffset.UnixEpoch));
        stores.Add(store);
        return store;
    }

    private async Task SaveOnceAsync(SqliteStore? store = null)
    {
        var panel = Panel.Empty("prod") with { Signs = new ClusterSigns { MetricsServerReason = "kept" } };
        Assert.True(await (store ?? Store()).SaveAsync(new Commit { Panel = panel, ExpectedRevision = 0, Lease = null }, None));
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        return connection;
    }
}
