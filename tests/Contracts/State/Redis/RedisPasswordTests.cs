using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>A password that is replaced while the server and the store run, in whichever order.</summary>
public sealed class RedisPasswordTests : RedisRig
{
    private const string Old = "the old, word";
    private const string New = "the new word";

    [FactWithProgram(RedisServer.Program)]
    public async Task A_password_that_is_set_while_the_store_runs_counts_at_the_next_connection()
    {
        SecretPair? now = null;
        var server = Server();
        var store = Store(server, with: to => to with { Password = new LiveSecret(() => now) });
        Assert.True(await store.AppendAsync([Order("open")], None));

        Change(server, null, Old);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => TwiceAsync(store));
        now = new SecretPair(new Secret(Old));
        await UntilReadAsync(store);

        Change(server, Old, New);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => TwiceAsync(store));
        now = new SecretPair(new Secret(New));
        await UntilReadAsync(store);
        Assert.True(await store.AppendAsync([Order("after")], None));
        Assert.Equal(["open", "after"], (await store.PendingAsync(10, None)).Select(entry => entry.Signal.Key));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_password_may_be_set_here_before_the_server_asks_for_it()
    {
        var server = Server();
        var store = Store(server, with: to => to with { Password = New });
        await store.OpenAsync(None);

        Change(server, null, New);

        await UntilReadAsync(store);
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_password_that_is_refused_is_told_without_it()
    {
        var server = Server("--requirepass", "another");
        var store = Store(server, with: to => to with { Password = Old });

        var refused = (await Assert.ThrowsAsync<StoreUnavailableException>(() => store.OpenAsync(None))).ToString();

        Assert.Contains("it refuses the password that is set", refused);
        Assert.DoesNotContain(Old, refused);
    }

    private static void Change(RedisServer server, string? before, string after)
    {
        if (before is not null) server.Do("AUTH", before);
        server.Do("CONFIG", "SET", "requirepass", after);
        server.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    }

    // The first call may meet the connection just as it breaks.
    private static async Task TwiceAsync(RedisStore store)
    {
        await store.LoadAsync(None);
        await store.LoadAsync(None);
    }

    private static async Task UntilReadAsync(RedisStore store)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await store.LoadAsync(None);
                return;
            }
            catch (StoreUnavailableException) when (tries < 3)
            {
                // As above.
            }
        }
    }
}
