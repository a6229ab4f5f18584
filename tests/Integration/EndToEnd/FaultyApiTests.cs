using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Faults;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

/// <summary>An API server that has a bad day in the middle of a trip and of the way back: it takes longer, and ends the same.</summary>
public sealed class FaultyApiTests
{
    public static TheoryData<string> Faults => [.. Makers.Keys];

    private static Dictionary<string, Func<ApiFault>> Makers { get; } = new()
    {
        ["slow answers"] = () => new ApiFault { Kind = ApiFaultKind.Slow, Delay = TimeSpan.FromMilliseconds(700), Left = 12 },
        ["slower than the timeout"] = () => new ApiFault { Kind = ApiFaultKind.Slow, Delay = TimeSpan.FromSeconds(12), Left = 3, When = Write },
        ["429 with Retry-After"] = () => ApiFault.Error(429, times: 12, TimeSpan.FromSeconds(1), Write),
        ["500"] = () => ApiFault.Error(500, times: 12, when: Write),
        ["503 to reads too"] = () => ApiFault.Error(503, times: 20),
        ["409 to every first try"] = () => ApiFault.Error(409, times: 8, when: Write),
        ["connections that break"] = () => new ApiFault { Kind = ApiFaultKind.ResetBefore, Left = 8 },
        ["lost replies"] = () => new ApiFault { Kind = ApiFaultKind.ResetAfter, Left = 8, When = Write },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task The_trip_and_the_way_back_end_right_in_spite_of(string fault)
    {
        await using var rig = await GuardedCluster.StartAsync(moreTargets: 2);

        var trip = Makers[fault]();
        rig.Kubernetes.Change(cluster => cluster.Faults.Add(trip));
        var tripped = await rig.Client.OrderAsync("breakers/trip", Order());
        await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.All(target => target.OnFallback()));
        Assert.Equal(202, tripped.Status);
        Assert.Equal(0, trip.Left);
        await rig.UntilAsync("every breaker open", async () =>
            (await rig.Client.GetAsync("breakers"))["breakers"]!.AsArray().All(breaker => (string?)breaker!["state"] == "open"));

        var back = Makers[fault]();
        rig.Kubernetes.Change(cluster => cluster.Faults.Add(back));
        var reset = Order();
        reset["mode"] = "immediate";
        Assert.Equal(202, (await rig.Client.OrderAsync("breakers/reset", reset)).Status);
        await rig.UntilAsync("every target back with KEDA", () => rig.Look().Targets.All(target => target.WithKedaAlone()));
        await rig.UntilAsync("the last page", () => rig.PagerDuty() is [.., { Action: "resolve" }]);
        Assert.Equal(0, back.Left);
        Assert.Single(rig.PagerDuty().Select(page => page.Key).Distinct());
    }

    private static JsonObject Order() => new() { ["scope"] = "cluster", ["reason"] = "the test says so", ["by"] = "ana" };

    private static bool Write(ApiRequest request) => request.Writes;
}
