using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;

/// <summary>
/// Hosts have different clocks. Leases end by the clock of Redis, so neither takes over early nor late: here in real time, with two reactors
/// whose clocks are five seconds apart, and the acting one killed.
/// </summary>
public sealed class ClocksApartTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The time that the other may need to start its run and send its first write: below 2 s on a quiet machine of two cores, 8 s were seen on a
    /// loaded one. Whoever came only by his timer would need more.
    /// </summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(18);

    [TheoryWithProgram(Contracts.Tests.State.Redis.RedisServer.Program)]
    [InlineData(5, 0)]
    [InlineData(0, 5)]
    public async Task The_other_takes_over_when_the_lease_has_ended_and_not_before(int acting, int following)
    {
        await using var shared = await SharedCluster.StartAsync(
            speed: 1, moreTargets: 12, serverRules: true, morePolicy: "limits:\n  lease: 10s\n  request_timeout: 4s\n");
        var one = await shared.StartHostAsync("one", TimeSpan.FromSeconds(acting));
        var wrote = new ConcurrentQueue<(string Host, DateTimeOffset At)>();
        DateTimeOffset? killed = null;
        shared.Asked = (host, request) =>
        {
            if (!request.Writes) return;
            wrote.Enqueue((host, shared.Now));
            if (killed is null && host == "one" && wrote.Count >= 7)
            {
                shared.Host("one").Kill();
                killed = shared.Now;
            }
        };

        // The one that is asked runs, and its answer dies with it. The other comes only now: else its timer might hold the lease just then.
        var order = one.PostAsync("breakers/trip", new JsonObject { ["scope"] = "cluster", ["reason"] = "drill", ["by"] = "ana" });
        await shared.UntilAsync("the one that acts was killed", () => killed is not null, seconds: 40);
        await shared.StartHostAsync("two", TimeSpan.FromSeconds(following));
        await shared.UntilAsync("every target on its fallback", () => shared.Look().Targets.All(target => target.OnFallback()), seconds: 40);
        await Assert.ThrowsAnyAsync<Exception>(() => order);

        var followed = wrote.First(w => w.Host == "two").At - killed!.Value;
        output.WriteLine($"clocks {acting - following:+0;-0} s apart: the other wrote {followed.TotalSeconds:0.0} s after the kill, the lease lasts {Lease.TotalSeconds:0} s");
        Assert.DoesNotContain(wrote.SkipWhile(w => w.Host == "one"), w => w.Host == "one");
        Assert.InRange(followed, Lease * 0.6, Lease + Slack);

        var (status, _) = await shared.Host("two").PostAsync(
            "breakers/reset", new JsonObject { ["scope"] = "cluster", ["mode"] = "immediate", ["reason"] = "over", ["by"] = "ana" });
        Assert.Equal(202, status);
        await shared.UntilAsync("every target back with KEDA", () => shared.Look().Targets.All(target => target.WithKedaAlone()), seconds: 40);
        var audit = await shared.AuditAsync();
        Assert.Equal(Enumerable.Range(1, audit.Count).Select(n => (long)n), audit.Select(a => a.Sequence));
    }
}
