using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

public sealed class HumanControlTests
{
    [Fact]
    public async Task With_the_kill_switch_on_nothing_is_written_and_everything_says_so_until_it_is_off()
    {
        await using var rig = await GuardedCluster.StartAsync();

        var on = await rig.Client.OrderAsync("kill-switch", Order(("state", "on")));
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        await rig.UntilAsync("a trip that is decided and not carried out", async () => (await rig.Client.GetAsync("breakers"))["breakers"]!.AsArray().Any(b => (string?)b!["state"] == "tripping"));
        var twice = await rig.Client.OrderAsync("kill-switch", Order(("state", "on")));

        Assert.Equal((202, 409, 0), (on.Status, twice.Status, rig.AcceptedWrites));
        var breakers = await rig.Client.GetAsync("breakers");
        Assert.Contains("Kill switch: writes are stopped by ana since", (string?)breakers["applies"]![0], StringComparison.Ordinal);
        Assert.All(breakers["breakers"]!.AsArray().Where(b => (string?)b!["state"] == "tripping"), b => Assert.Contains("writes are stopped by ana", (string?)b!["why"], StringComparison.Ordinal));
        var health = await rig.Client.GetAsync("health");
        Assert.Equal("degraded", (string?)health["status"]);
        Assert.Contains(health["reasons"]!.AsArray(), reason => ((string)reason!["text"]!).Contains("kill switch", StringComparison.Ordinal));
        Assert.Contains($"reactor_writes_stopped{{cluster=\"{GuardedCluster.Name}\"}} 1", (await rig.Client.TryGetAsync("metrics")).Text, StringComparison.Ordinal);

        var off = await rig.Client.OrderAsync("kill-switch", Order(("state", "off")));
        await rig.UntilAsync("the fallbacks", () => rig.Look().Targets.All(target => target.OnFallback()));

        Assert.Equal(202, off.Status);
        Assert.Contains($"reactor_writes_stopped{{cluster=\"{GuardedCluster.Name}\"}} 0", (await rig.Client.TryGetAsync("metrics")).Text, StringComparison.Ordinal);
        await rig.UntilAsync("both pages of the switch", () => Pages(rig, "kill-switch") is ["trigger", "resolve"]);
    }

    [Fact]
    public async Task A_run_that_is_writing_stops_between_two_requests_when_the_switch_goes_on()
    {
        await using var rig = await GuardedCluster.StartAsync(moreTargets: 120);
        var writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Answered = (request, _) =>
        {
            if (request.Writes && rig.AcceptedWrites > 20) writing.TrySetResult();
        };

        var trip = rig.Client.OrderAsync("breakers/trip", Order(("scope", "cluster")));
        await writing.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        var on = await rig.Client.OrderAsync("kill-switch", Order(("state", "on")));
        var written = rig.AcceptedWrites;
        await trip;
        var before = rig.Clock.GetUtcNow();
        await rig.UntilAsync("three more probes", () => rig.Clock.GetUtcNow() - before > TimeSpan.FromSeconds(100));

        Assert.Equal((202, written), (on.Status, rig.AcceptedWrites));
        Assert.Contains(rig.Look().Targets, target => target.WithKedaAlone());

        rig.Answered = null;
        await rig.Client.OrderAsync("kill-switch", Order(("state", "off")));
        await rig.UntilAsync("the fallbacks", () => rig.Look().Targets.All(target => target.OnFallback()));
    }

    [Fact]
    public async Task An_upgrade_of_KEDA_in_its_window_trips_nothing_and_an_operator_that_stays_away_trips_at_the_end()
    {
        await using var rig = await GuardedCluster.StartAsync();

        var ordered = await rig.Client.OrderAsync("maintenance", Order(("scope", "cluster"), ("duration", "20m")));
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        var id = (string)ordered.Json!["maintenance"]!;
        await rig.UntilAsync("evidence that is noted", async () => (await WindowsAsync(rig))[0]!["suppressed"]!.AsArray().Count > 0);
        await rig.UntilAsync("five minutes without the operator", () => rig.Clock.GetUtcNow() - rig.Started > TimeSpan.FromMinutes(6));
        var why = await rig.Client.GetAsync("breakers/sophia-mesh/sophia-ai-services/why");

        Assert.Equal((202, 0), (ordered.Status, rig.AcceptedWrites));
        Assert.Empty((await rig.Client.GetAsync("incidents"))["open"]!.AsArray());
        Assert.Contains($"The maintenance {id} of the whole cluster", (string?)why["why"]!["applies"]![0], StringComparison.Ordinal);
        Assert.Equal("Nothing: KEDA scales it", (string?)why["why"]!["next"]);

        await rig.UntilAsync("the fallbacks", () => rig.Look().Targets.All(target => target.OnFallback()));
        Assert.True(rig.Clock.GetUtcNow() - rig.Started > TimeSpan.FromMinutes(19), "not before the end");
        Assert.Empty(await WindowsAsync(rig));
        await rig.UntilAsync("the reminder and its end", () => Pages(rig, $"maintenance/{id}") is ["trigger", "resolve"]);
    }

    private static async Task<JsonArray> WindowsAsync(GuardedCluster rig) => (await rig.Client.GetAsync("maintenance"))["windows"]!.AsArray();

    private static List<string> Pages(GuardedCluster rig, string about) =>
        [.. rig.PagerDuty().Where(page => page.Key.Contains(about, StringComparison.Ordinal)).Select(page => page.Action)];

    private static JsonObject Order(params (string Name, string Value)[] fields)
    {
        var order = new JsonObject { ["reason"] = "the test says so", ["by"] = "ana" };
        foreach (var (name, value) in fields) order[name] = value;
        return order;
    }
}
