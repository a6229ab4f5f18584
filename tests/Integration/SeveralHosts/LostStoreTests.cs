using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

namespace Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;

/// <summary>Two reactors share a Redis that loses everything minutes after incidents came and went: whatever they send again, PagerDuty ends with nothing open.</summary>
public sealed class LostStoreTests
{
    [FactWithProgram(Contracts.Tests.State.Redis.RedisServer.Program)]
    public async Task Incidents_that_were_over_before_the_store_was_lost_are_over_at_PagerDuty_afterwards()
    {
        await using var shared = await SharedCluster.StartAsync(speed: 10, moreTargets: 0);
        var hosts = await Task.WhenAll(shared.StartHostAsync("one"), shared.StartHostAsync("two"));

        // Each is asked in turn for the beginning and for the end, so that each knows one half of some incident.
        for (var round = 0; round < 2; round++)
        {
            await hosts[round % 2].PostAsync("breakers/trip", Order(new() { ["scope"] = "cluster" }));
            await shared.UntilAsync("every target on its fallback", () => shared.Look().Targets.All(target => target.OnFallback()));
            await hosts[(round + 1) % 2].PostAsync("breakers/reset", Order(new() { ["scope"] = "cluster", ["mode"] = "immediate" }));
            await shared.UntilAsync("its end", () => shared.Pages("pagerduty").Count(page => (string?)page["event_action"] == "resolve") == round + 1);
        }

        var before = shared.Pages("pagerduty").Count;
        shared.LoseTheStore();
        var lost = shared.Now;
        await shared.UntilAsync("pages again", () => shared.Pages("pagerduty").Count > before);
        await shared.UntilAsync("four ticks of each", () => shared.Now > lost + TimeSpan.FromSeconds(50));

        Dictionary<string, string> Last() => shared.Pages("pagerduty").GroupBy(page => (string)page["dedup_key"]!).ToDictionary(key => key.Key, key => (string)key.Last()["event_action"]!);
        await shared.UntilAsync("the end of all that was sent again", () => Last().Values.All(action => action == "resolve"));
        Assert.Equal(2, Last().Count);
        Assert.Empty((await hosts[0].GetAsync("incidents"))["open"]!.AsArray());
    }

    private static JsonObject Order(JsonObject what)
    {
        (what["reason"], what["by"]) = ("drill", "ana");
        return what;
    }
}
