using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

public sealed class ShippedRedisTests
{
    /// <summary>Where the pod has its volume, the test has a folder.</summary>
    private static string[] Options => [.. Shipped.Text("infra/keda/base/reactor-redis/redis.conf").Split('\n')
        .Where(line => line.Length > 0 && line[0] != '#' && !line.StartsWith("dir ", StringComparison.Ordinal))
        .Select(line => line.Split(' ', 2))
        .SelectMany(pair => (string[])["--" + pair[0], pair[1].Trim('"')])];

    [FactWithProgram(RedisServer.Program)]
    public async Task It_keeps_what_was_promised_under_the_strictest_durability()
    {
        using var server = new RedisServer([.. Options, "--requirepass", "the-password-of-the-secret"]);
        server.Start();
        var settings = new RedisSettings
        {
            Endpoints = [server.Endpoint],
            Password = new Sophia.Keda.Reactor.Settings.Secret("the-password-of-the-secret"),
            Limits = new StateLimits { Durability = Durability.Strict },
        };
        await using var store = new RedisStore("sandbox", settings, TimeProvider.System);

        Assert.Empty((await store.OpenAsync(CancellationToken.None)).Weaknesses);
    }
}
