using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Sqlite;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class SqliteDurabilityTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    [InlineData("zfs")]
    [InlineData("apfs")]
    [InlineData("NTFS")]
    [InlineData("fuseblk")]
    [InlineData("an unknown file system")]
    public void A_disk_of_the_machine_has_no_weakness(string fileSystem) =>
        Assert.Empty(SqliteDurability.Of("/state.db", 2, "wal", fileSystem).Weaknesses);

    [Theory]
    [InlineData("nfs")]
    [InlineData("nfs4")]
    [InlineData("cifs")]
    [InlineData("smb3")]
    [InlineData("smbfs")]
    [InlineData("9p")]
    [InlineData("v9fs")]
    [InlineData("afs")]
    [InlineData("ceph")]
    [InlineData("lustre")]
    [InlineData("fuse.sshfs")]
    [InlineData("fuse.glusterfs")]
    [InlineData("fuse.blobfuse2")]
    public void A_network_share_may_lose_anything_at_any_time(string fileSystem) =>
        Assert.Equal(
            new Weakness(Loses.AtAnyTime, $"It lies on a network share ({fileSystem}), where SQLite's locks don't hold: use a local disk, or Redis."),
            Assert.Single(SqliteDurability.Of("/state.db", 2, "wal", fileSystem).Weaknesses));

    [Theory]
    [InlineData("tmpfs", "It lies in memory (tmpfs)")]
    [InlineData("ramfs", "It lies in memory (ramfs)")]
    [InlineData("overlay", "It lies in the container's own layer (overlay)")]
    [InlineData("overlayfs", "It lies in the container's own layer (overlayfs)")]
    [InlineData("aufs", "It lies in the container's own layer (aufs)")]
    [InlineData("fuse.fuse-overlayfs", "It lies in the container's own layer (fuse.fuse-overlayfs)")]
    public void Memory_and_a_containers_layer_go_with_their_host(string fileSystem, string words)
    {
        var weakness = Assert.Single(SqliteDurability.Of("/state.db", 2, "wal", fileSystem).Weaknesses);

        Assert.Equal(Loses.WithItsHost, weakness.Loses);
        Assert.StartsWith(words, weakness.Words);
        Assert.Contains("put State:Path on a ", weakness.Words);
    }

    [Theory]
    [InlineData(0, "OFF", true)]
    [InlineData(1, "NORMAL", true)]
    [InlineData(2, "FULL", false)]
    [InlineData(3, "EXTRA", false)]
    public void Writing_without_waiting_for_the_disk_loses_seconds(long synchronous, string name, bool weak)
    {
        var condition = SqliteDurability.Of("/data/state.db", synchronous, "wal", "ext4");

        Assert.Equal($"SQLite file /data/state.db on ext4, journal wal, synchronous {name}, one machine", condition.Words);
        Assert.Equal(weak ? [Loses.LastSeconds] : [], condition.Weaknesses.Select(weakness => weakness.Loses));
        Assert.All(condition.Weaknesses, weakness => Assert.StartsWith($"synchronous is {name}: ", weakness.Words));
    }

    [Fact]
    public void The_worst_comes_first() =>
        Assert.Equal(
            [Loses.AtAnyTime, Loses.LastSeconds],
            SqliteDurability.Of("/state.db", 1, "wal", "nfs4").Weaknesses.Select(weakness => weakness.Loses));

    [Fact]
    public async Task The_stores_own_connections_wait_for_the_disk()
    {
        using var file = new SqliteFile("prod", new SqliteSettings { Path = Path.Combine(folder.Path, "state.db") });
        long Level(Microsoft.Data.Sqlite.SqliteConnection connection) => connection.Number("PRAGMA synchronous");

        // Twice each: a connection from the pool is as good as a new one.
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(2, await file.ReadAsync(Level, CancellationToken.None));
            Assert.Equal(2, await file.WriteAsync(Level, CancellationToken.None));
        }

        Assert.Equal("wal", (await file.ReadAsync(connection => connection.Query("PRAGMA journal_mode", row => row.GetString(0)), CancellationToken.None))[0]);
    }

    [Fact]
    public async Task A_store_tells_what_it_lies_on()
    {
        using var store = Store(folder.Path, Durability.Relaxed);

        var words = (await store.OpenAsync(CancellationToken.None)).Words;

        Assert.StartsWith($"SQLite file {Path.Combine(folder.Path, "state.db")} on ", words);
        Assert.EndsWith(", journal wal, synchronous FULL, one machine", words);
        Assert.DoesNotContain("unknown", words);
    }

    [Fact]
    public async Task A_store_in_memory_is_warned_about_and_refused_by_strict()
    {
        if (!Directory.Exists("/dev/shm")) return;
        var memory = Directory.CreateDirectory(Path.Combine("/dev/shm", Path.GetFileName(folder.Path)));
        try
        {
            using var standard = Store(memory.FullName, Durability.Standard);
            Assert.Equal(Loses.WithItsHost, Assert.Single((await standard.OpenAsync(CancellationToken.None)).Weaknesses).Loses);

            using var strict = Store(memory.FullName, Durability.Strict);
            var refused = await Assert.ThrowsAsync<StoreTooWeakException>(() => strict.OpenAsync(CancellationToken.None));
            Assert.Contains("It lies in memory (tmpfs)", refused.Message);
            Assert.EndsWith("State:Durability = standard (now strict).", refused.Message);
        }
        finally
        {
            memory.Delete(recursive: true);
        }
    }

    public void Dispose() => folder.Dispose();

    private static SqliteStore Store(string folder, Durability durability) => new(
        "prod",
        new SqliteSettings { Path = Path.Combine(folder, "state.db"), Limits = new StateLimits { Durability = durability } },
        TimeProvider.System);
}
