using System.Diagnostics;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>Leases by the server's clock, between hosts whose clocks are hours apart.</summary>
public sealed class RedisLeaseTests(RedisServer server) : RedisRig, IClassFixture<RedisServer>
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(700);

    private (RedisStore Store, ManualTime Clock) Host(TimeSpan ahead)
    {
        var clock = new ManualTime(Noon + ahead);
        return (Keep(new RedisStore("prod", new RedisSettings { Endpoints = [server.Start().Endpoint], Limits = Relaxed }, clock, serverRules: true)), clock);
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task The_servers_clock_rules_and_each_is_told_the_end_in_its_own()
    {
        server.Do("FLUSHALL");
        var (early, earlyClock) = Host(TimeSpan.FromHours(-3));
        var (late, lateClock) = Host(TimeSpan.FromHours(3));

        var began = Stopwatch.GetTimestamp();
        var held = (await early.AcquireLeaseAsync(LeaseName.Runner, "early", Short, None)).Lease!;
        Assert.Equal(earlyClock.GetUtcNow() + Short, held.Until);

        // By the late one's clock this lease ended six hours ago.
        var answer = await late.AcquireLeaseAsync(LeaseName.Runner, "late", Short, None);
        Assert.Null(answer.Lease);
        Assert.InRange(answer.FreeIn, TimeSpan.FromTicks(1), Short);

        earlyClock.Advance(TimeSpan.FromHours(1));
        var renewed = (await early.RenewLeaseAsync(held, Short, None))!;
        Assert.Equal((held.Token, earlyClock.GetUtcNow() + Short), (renewed.Token, renewed.Until));
        // A shorter one keeps the end, told as what is left of it.
        var kept = (await early.RenewLeaseAsync(renewed, TimeSpan.FromMilliseconds(1), None))!;
        Assert.InRange(kept.Until, earlyClock.GetUtcNow().AddMilliseconds(1), renewed.Until);

        LeaseAnswer taken;
        while ((taken = await late.AcquireLeaseAsync(LeaseName.Runner, "late", Short, None)).Lease is null)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.InRange(Stopwatch.GetElapsedTime(began), Short, TimeSpan.FromSeconds(5));
        Assert.Equal((held.Token + 1, lateClock.GetUtcNow() + Short), (taken.Lease!.Token, taken.Lease.Until));
        Assert.Null(await early.RenewLeaseAsync(renewed, Short, None));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_lease_by_the_servers_clock_ends_there_although_the_holders_clock_stands_still()
    {
        server.Do("FLUSHALL");
        var (holder, _) = Host(TimeSpan.Zero);
        var held = (await holder.AcquireLeaseAsync(LeaseName.Delivery, "one", TimeSpan.FromMilliseconds(50), None)).Lease!;

        await Task.Delay(TimeSpan.FromMilliseconds(80), TimeProvider.System);

        Assert.Null(await holder.RenewLeaseAsync(held, Short, None));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task With_the_machines_clock_it_is_the_servers_that_rules()
    {
        server.Do("FLUSHALL");
        var store = Keep(new RedisStore("prod", new RedisSettings { Endpoints = [server.Endpoint], Limits = Relaxed }, TimeProvider.System));
        var began = TimeProvider.System.GetUtcNow();

        var held = (await store.AcquireLeaseAsync(LeaseName.Runner, "one", TimeSpan.FromSeconds(30), None)).Lease!;

        var time = (object?[])server.Do("TIME")!;
        var until = long.Parse((string)server.Do("HGET", "{sophia-keda-reactor:prod}:lease:runner", "until")!);
        Assert.InRange((long.Parse((string)time[0]!) * 1_000_000) + long.Parse((string)time[1]!) + 30_000_000 - until, 0, 10_000_000);
        Assert.InRange(held.Until, began.AddSeconds(29.9), DateTimeOffset.UnixEpoch.AddMicroseconds(until));
    }
}
