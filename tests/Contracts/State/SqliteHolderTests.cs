using System.Diagnostics;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>The lease of a process that has ended is free at once; that of one that lives is not, however slow it is.</summary>
public sealed class SqliteHolderTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan HalfMinute = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(Noon);
    private readonly List<SqliteStore> stores = [];

    private string File => Path.Combine(folder.Path, "state.db");

    private SqliteStore Connect()
    {
        var store = new SqliteStore("prod", new SqliteSettings { Path = File, Limits = new() { Durability = Durability.Relaxed } }, time);
        stores.Add(store);
        return store;
    }

    private static Task<LeaseAnswer> AskAsync(SqliteStore store, string owner, LeaseName name = LeaseName.Runner) =>
        store.AcquireLeaseAsync(name, owner, HalfMinute, default);

    [Theory]
    [InlineData(LeaseName.Runner)]
    [InlineData(LeaseName.Delivery)]
    public async Task Of_a_process_that_is_gone_it_is_free_at_once_and_the_token_fences_it(LeaseName name)
    {
        var one = Connect();
        var held = (await AskAsync(one, "one", name)).Lease!;
        one.Dispose();
        var two = Connect();

        var taken = await AskAsync(two, "two", name);

        Assert.True(taken.HolderGone);
        Assert.Equal(held.Token + 1, taken.Lease!.Token);
        Assert.Null(await two.RenewLeaseAsync(held, HalfMinute, default));
    }

    [Fact]
    public async Task One_that_stands_by_sees_it_too()
    {
        var (one, two, three) = (Connect(), Connect(), Connect());
        Assert.NotNull((await AskAsync(one, "one")).Lease);
        Assert.Null((await AskAsync(two, "two")).Lease);
        Assert.Null((await AskAsync(three, "three")).Lease);

        one.Dispose();
        Assert.True((await AskAsync(two, "two")).HolderGone);
        Assert.Null((await AskAsync(three, "three")).Lease);

        two.Dispose();
        Assert.True((await AskAsync(three, "three")).HolderGone);
    }

    [Fact]
    public async Task One_that_lives_keeps_it_until_its_end_and_no_longer()
    {
        var (slow, other) = (Connect(), Connect());
        await AskAsync(slow, "slow");
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(new LeaseAnswer(null, TimeSpan.FromSeconds(1)), await AskAsync(other, "other"));

        time.Advance(TimeSpan.FromSeconds(1));
        var taken = await AskAsync(other, "other");

        Assert.NotNull(taken.Lease);
        Assert.False(taken.HolderGone);
    }

    [Fact]
    public async Task A_lease_of_the_version_before_which_keeps_no_lock_lasts_until_its_end()
    {
        var one = Connect();
        await AskAsync(one, "one");
        one.Dispose();
        Sql.Run(File, "UPDATE lease SET owner = 'the version before', token = token + 1");

        Assert.Equal(HalfMinute, (await AskAsync(Connect(), "two")).FreeIn);
    }

    [Fact]
    public async Task A_lock_file_that_was_taken_away_proves_nothing()
    {
        var one = Connect();
        await AskAsync(one, "one");
        System.IO.File.Delete(File + "-lock");

        Assert.Null((await AskAsync(Connect(), "two")).Lease);
    }

    [Fact]
    public async Task A_lock_file_that_was_taken_away_is_made_anew_with_the_next_lease()
    {
        var one = Connect();
        await AskAsync(one, "one");
        System.IO.File.Delete(File + "-lock");
        Assert.NotNull((await AskAsync(one, "one")).Lease);
        Assert.Null((await AskAsync(Connect(), "two")).Lease);

        one.Dispose();
        Assert.True((await AskAsync(Connect(), "three")).HolderGone);
    }

    [Fact]
    public async Task Where_no_lock_can_be_made_the_time_alone_counts()
    {
        Directory.CreateDirectory(folder.Path);
        for (var place = 0; place < 16; place++)
            Directory.CreateDirectory(File + (place == 0 ? "-lock" : $"-lock{place}"));
        var one = Connect();
        Assert.NotNull((await AskAsync(one, "one")).Lease);
        one.Dispose();

        Assert.Equal(HalfMinute, (await AskAsync(Connect(), "two")).FreeIn);
    }

    [FactWithProgram("flock")]
    public async Task A_process_that_is_killed_lets_go_of_it()
    {
        var one = Connect();
        await AskAsync(one, "one");
        one.Dispose();

        // Another process with the same kind of lock on the same file, as the reactor of an earlier container has it.
        using var holder = Process.Start(new ProcessStartInfo("flock", ["--exclusive", File + "-lock", "sh", "-c", "echo held; exec sleep 600"])
        {
            RedirectStandardOutput = true, UseShellExecute = false,
        })!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync());
        Assert.Null((await AskAsync(Connect(), "two")).Lease);

        holder.Kill(entireProcessTree: true);
        await holder.WaitForExitAsync();
        Assert.True((await AskAsync(Connect(), "three")).HolderGone);
    }

    public void Dispose()
    {
        stores.ForEach(store => store.Dispose());
        folder.Dispose();
    }
}
