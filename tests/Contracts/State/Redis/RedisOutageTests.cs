using System.Diagnostics;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>What the store makes of a server that goes, comes back, or comes back as another.</summary>
public sealed class RedisOutageTests : RedisRig
{
    private const string First = "1 first | 2:b | 1:first@slack 2:first@email | 1:first | first";

    private static async Task SaveFirstAsync(RedisStore store)
    {
        Assert.True(await store.AppendAsync([Order("a")], None));
        var commit = await FullAsync(store, "first");
        Assert.True(await store.AppendAsync([Order("b")], None));
        Assert.True(await store.SaveAsync(commit, None));
        Assert.Equal(First, await HeldAsync(store));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task Scripts_that_the_server_has_forgotten_are_sent_again()
    {
        var server = Server();
        var store = Store(server);
        await SaveFirstAsync(store);

        for (var turn = 2; turn < 5; turn++)
        {
            server.Do("SCRIPT", "FLUSH");
            Assert.True(await store.SaveAsync(await FullAsync(store, $"turn {turn}"), None));
            server.Do("SCRIPT", "FLUSH");
            Assert.Equal(turn, (await store.LoadAsync(None)).Revision);
        }

        // Each counted once: nothing was sent twice.
        Assert.Equal(4, (await store.AuditAsync(new AuditQuery(), None)).Length);
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task What_was_promised_is_there_after_the_server_was_killed()
    {
        var server = Server();
        var store = Store(server);
        await SaveFirstAsync(store);
        var chain = (await store.LoadAsync(None)).Chain;

        server.Restart();

        Assert.Equal(First, await HeldAsync(store));
        Assert.Equal(First, await HeldAsync(Store(server)));
        Assert.Equal(chain, (await store.LoadAsync(None)).Chain);
        Assert.True(await store.SaveAsync(await FullAsync(store, "second"), None));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_server_that_is_down_is_unavailable_in_time_and_works_as_soon_as_it_is_back()
    {
        var server = Server();
        var store = Store(server);
        await SaveFirstAsync(store);
        var commit = await FullAsync(store, "second");
        server.Kill();

        var began = Stopwatch.GetTimestamp();
        foreach (var call in new Func<Task>[] { () => store.OpenAsync(None), () => store.LoadAsync(None), () => store.SaveAsync(commit, None), () => store.AppendAsync([Order("c")], None), () => store.AuditAsync(new AuditQuery(), None) })
        {
            var unavailable = await Assert.ThrowsAsync<StoreUnavailableException>(call);
            Assert.Contains(server.Endpoint, unavailable.Message);
        }

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(10));

        server.Start();
        Assert.True(await store.SaveAsync(commit, None));
        Assert.Equal(2, (await store.LoadAsync(None)).Revision);
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_host_that_starts_before_its_server_works_once_that_is_there()
    {
        var server = Keep(new RedisServer());
        var store = Store(server);
        var unavailable = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.OpenAsync(None));
        Assert.Contains("Is it running there", unavailable.Message);

        server.Start();

        Assert.Contains("primary", (await store.OpenAsync(None)).Words);
        await SaveFirstAsync(store);
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_server_that_answers_nothing_is_unavailable_when_the_time_is_up_and_the_call_can_be_given_up_before()
    {
        var server = Server();
        var store = Store(server, with: settings => settings with { Timeout = TimeSpan.FromSeconds(1) });
        await SaveFirstAsync(store);

        // Stopped at this signal the process keeps its connections and answers nothing, as behind a broken network.
        using var stop = server.Pause();
        var began = Stopwatch.GetTimestamp();
        var unavailable = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.LoadAsync(None));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromMilliseconds(900), TimeSpan.FromSeconds(4));
        Assert.Contains("did not answer within 1 s", unavailable.Message);
        using var given = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.LoadAsync(given.Token));

        stop.Dispose();
        Assert.Equal(First, await HeldAsync(store));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_server_that_was_emptied_begins_a_new_chain_before_anything_is_written()
    {
        var server = Server();
        var (store, other) = (Store(server), Store(server));
        await SaveFirstAsync(store);
        var before = await store.LoadAsync(None);
        var commit = await FullAsync(store, "second");

        server.Do("FLUSHALL");

        Assert.False(await store.SaveAsync(commit, None));
        var after = await store.LoadAsync(None);
        Assert.Equal((0, null), (after.Revision, after.Panel.Signs.MetricsServerReason));
        Assert.NotEqual(before.Chain, after.Chain);
        Assert.Equal(after.Chain, (await other.LoadAsync(None)).Chain);
        Assert.Equal("0  |  |  |  | ", await HeldAsync(other));

        server.Do("FLUSHALL");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => (n % 2 == 0 ? store : other).AppendAuditAsync([Audited($"{n}")], None)));
        Assert.Equal(Enumerable.Range(1, 20).Select(n => (long)n), (await store.AuditAsync(new AuditQuery(), None)).Select(each => each.Sequence));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_server_that_was_rolled_back_shows_the_same_chain_and_an_older_revision()
    {
        var server = Server();
        var store = Store(server);
        await SaveFirstAsync(store);
        var chain = (await store.LoadAsync(None)).Chain;
        using var copy = new TemporaryFolder();
        CopyFolder(server.Folder, copy.Path);
        Assert.True(await store.SaveAsync(await FullAsync(store, "second"), None));
        Assert.True(await store.SaveAsync(await FullAsync(store, "third"), None));

        server.Kill();
        CopyFolder(copy.Path, server.Folder);
        server.Start();

        var stored = await store.LoadAsync(None);
        Assert.Equal((1, chain), (stored.Revision, stored.Chain));
        Assert.Equal(First, await HeldAsync(store));
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}
