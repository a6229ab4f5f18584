using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

namespace Sophia.Keda.Reactor.Integration.Tests.AnyHost;

[Collection(AnyHostGroup.Name)]
public sealed class EndToEndTests(HostUnderTest host)
{
    [AnyHostFact]
    public async Task The_timers_run_one_probe_after_the_other()
    {
        await host.UntilAsync("a first probe", async () => await LastProbeAsync() > 0);
        var first = await LastProbeAsync();

        await host.UntilAsync("another probe", async () => await LastProbeAsync() > first);

        var health = await host.GetAsync("health");
        Assert.Equal(200, health.Status);
        Assert.DoesNotContain(health.Json["reasons"]!.AsArray(), reason => ((string)reason!["text"]!).Contains("probe", StringComparison.Ordinal));
    }

    [AnyHostFact]
    public async Task An_alert_trips_its_target_and_people_are_paged()
    {
        const string Target = "sophia-ai-services";
        var alert = AlertBody.Of(AlertBody.Firing(
            "KEDAScalingOscillation", "a0e1", TimeProvider.System.GetUtcNow(), ("namespace", "sophia-mesh"), ("scaledObject", Target)));

        var taken = await host.PostAsync("alerts", "sender", JsonNode.Parse(alert)!);

        Assert.True(taken.Status == 202 && (int?)taken.Json["accepted"] == 1, taken.Text);
        await host.UntilAsync("the target on its fallback", () => host.OnFallbackAsync($"sophia-mesh/{Target}"));
        var incident = await OpenIncidentOfAsync("sophia-mesh", Target);
        Assert.Equal("oscillation", (string?)incident["cause"]);
        await host.UntilAsync("PagerDuty", async () => await host.PagerDutyAsync((string)incident["dedupKey"]!) is ["trigger", ..]);
        await host.UntilAsync("Slack", async () => (await host.TakenAsync("slack")).Any(message => message.ToJsonString().Contains(Target, StringComparison.Ordinal)));
    }

    [AnyHostFact]
    public async Task A_target_is_tripped_and_given_back_by_hand()
    {
        const string Target = "artemis-batch-processor";
        var trip = await OrderAsync("breakers/trip", "artemis-mesh", Target);
        Assert.Equal(202, trip.Status);
        await host.UntilAsync("the target on its fallback", () => host.OnFallbackAsync($"artemis-mesh/{Target}"));
        var incident = await OpenIncidentOfAsync("artemis-mesh", Target);

        var reset = await OrderAsync("breakers/reset", "artemis-mesh", Target, ("mode", "immediate"));

        Assert.Equal((202, (string?)incident["id"]), (reset.Status, (string?)reset.Json["incident"]));
        await host.UntilAsync("the target back with KEDA", () => host.WithKedaAloneAsync($"artemis-mesh/{Target}"));
    }

    [AnyHostFact]
    public async Task Killed_while_a_target_is_on_its_fallback_it_comes_back_with_the_incident_open_and_gives_the_target_back()
    {
        const string Target = "artemis-redis-scaler";
        Assert.Equal(202, (await OrderAsync("breakers/trip", "artemis-mesh", Target)).Status);
        await host.UntilAsync("the target on its fallback", () => host.OnFallbackAsync($"artemis-mesh/{Target}"));
        var before = await OpenIncidentOfAsync("artemis-mesh", Target);

        await host.KillAndComeBackAsync();

        Assert.Equal((string?)before["id"], (string?)(await OpenIncidentOfAsync("artemis-mesh", Target))["id"]);
        Assert.True(await host.OnFallbackAsync($"artemis-mesh/{Target}"));
        await host.UntilAsync("a probe", async () => (await host.GetAsync("health")).Status == 200);
        Assert.Equal(202, (await OrderAsync("breakers/reset", "artemis-mesh", Target, ("mode", "immediate"))).Status);
        await host.UntilAsync("the target back with KEDA", () => host.WithKedaAloneAsync($"artemis-mesh/{Target}"));
    }

    private Task<HostReply> OrderAsync(string path, string ns, string name, params (string Name, string Value)[] more)
    {
        var order = new JsonObject { ["scope"] = "target", ["namespace"] = ns, ["name"] = name, ["reason"] = "the test says so", ["by"] = "ana" };
        foreach (var (field, value) in more) order[field] = value;
        return host.PostAsync(path, "operator", order);
    }

    private async Task<JsonNode> OpenIncidentOfAsync(string ns, string name)
    {
        var breaker = (await host.GetAsync($"breakers/{ns}/{name}")).Json;
        var id = (string)Assert.Single(breaker["incidents"]!.AsArray())!;
        return (await host.GetAsync($"incidents/{id}")).Json;
    }

    private async Task<double> LastProbeAsync()
    {
        var sample = (await host.GetAsync("metrics")).Text.Split('\n').SingleOrDefault(line => line.StartsWith("reactor_last_probe_timestamp_seconds{", StringComparison.Ordinal));
        return sample is null ? 0 : double.Parse(sample.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
