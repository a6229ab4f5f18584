using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

public sealed class OrderTests
{
    private const string Target = "sophia-ai-services";

    [Fact]
    public async Task One_target_is_tripped_and_given_back_at_once_and_every_view_tells_the_same_story()
    {
        await using var rig = await GuardedCluster.StartAsync();

        var trip = await rig.Client.OrderAsync("breakers/trip", Order("target", "sophia-mesh", Target));
        await rig.UntilAsync("the target on its fallback", () => rig.Target(Target).OnFallback());
        await rig.UntilAsync("the breaker open", async () => (string?)(await BreakerAsync(rig))["state"] == "open");

        Assert.Equal(202, trip.Status);
        var ordered = Assert.Single(trip.Json!["targets"]!.AsArray())!;
        Assert.Equal((Target, "tripping"), ((string?)ordered["name"], (string?)ordered["state"]));
        var incident = (string)trip.Json["incident"]!;
        var breaker = await BreakerAsync(rig);
        Assert.Equal($"fallback ({Target}-fallback)", (string?)breaker["autoscaler"]);
        Assert.Equal(incident, (string?)Assert.Single(breaker["incidents"]!.AsArray()));
        var states = (await rig.Client.GetAsync("breakers"))["breakers"]!.AsArray().ToDictionary(b => (string)b!["name"]!, b => (string?)b!["state"]);
        Assert.Equal(["open"], states.Where(state => state.Key == Target).Select(state => state.Value));
        Assert.All(states.Where(state => state.Key != Target), other => Assert.Equal("closed", other.Value));
        Assert.Equal("manual", (string?)(await rig.Client.GetAsync("incidents/" + incident))["cause"]);
        Assert.Equal(incident, (string?)Assert.Single((await rig.Client.GetAsync("incidents"))["open"]!.AsArray())!["id"]);
        Assert.Equal("healthy", (string?)(await rig.Client.GetAsync("health"))["status"]);
        Assert.Equal(1, await FallbackActiveAsync(rig, Target));
        Assert.Equal(0, await FallbackActiveAsync(rig, "artemis-redis-scaler"));

        var reset = await rig.Client.OrderAsync("breakers/reset", Order("target", "sophia-mesh", Target, ("mode", "immediate")));
        Assert.Equal((202, incident), (reset.Status, (string?)reset.Json!["incident"]));
        await rig.UntilAsync("the target back with KEDA", () => rig.Target(Target).WithKedaAlone());
        await ClosedAsync(rig);

        Assert.Equal(0, await FallbackActiveAsync(rig, Target));
        Assert.NotNull((await rig.Client.GetAsync("incidents/" + incident))["closedAt"]);
        Assert.Equal(["trigger", "resolve"], rig.PagerDuty().Select(page => page.Action).Where(action => action is "trigger" or "resolve").Distinct());
        var told = (await rig.Client.GetAsync($"audit?incident={incident}&limit=1000"))["records"]!.AsArray();
        Assert.Contains(told, record => (string?)record!["reason"] == "tripOrdered" && ((string?)record["actor"])!.StartsWith("ana (claimed", StringComparison.Ordinal));
        Assert.Equal(rig.Changes.Count, told.Count(record => (string?)record!["kind"] == "write" && (string?)record["reason"] == "writeDone"));
        Assert.All(rig.Changes, change => Assert.Contains(Target, change, StringComparison.Ordinal));
        Assert.Equal(ThereAndBack("sophia-mesh", Target), OnAutoscaling(rig));
        Assert.Equal(["ReactorTripped", "ReactorHandedBack"], await EventsAsync(rig, Target));
    }

    [Fact]
    public async Task A_namespace_is_tripped_and_given_back_gradually_and_others_stay_with_KEDA()
    {
        await using var rig = await GuardedCluster.StartAsync(moreTargets: 4);

        var trip = await rig.Client.OrderAsync("breakers/trip", Order("namespace", "sophia-mesh"));
        await rig.UntilAsync("the namespace on its fallbacks", () => rig.Look().Targets.All(t => t.Namespace != "sophia-mesh" || t.OnFallback()));

        Assert.Equal(202, trip.Status);
        Assert.All(rig.Look().Targets.Where(target => target.Namespace != "sophia-mesh"), other => Assert.True(other.WithKedaAlone()));

        var reset = await rig.Client.OrderAsync("breakers/reset", Order("namespace", "sophia-mesh", name: null, ("mode", "gradual")));
        Assert.Equal(202, reset.Status);
        Assert.Contains("canary", (string?)reset.Json!["next"], StringComparison.Ordinal);
        await rig.UntilAsync("the canary", () => rig.Look().Targets.Count(t => t.Namespace == "sophia-mesh" && t.WithKedaAlone()) == 1);
        Assert.Equal(3, rig.Look().Targets.Count(target => target.OnFallback()));
        await ClosedAsync(rig);
        Assert.All(rig.Look().Targets, target => Assert.True(target.WithKedaAlone()));
    }

    [Fact]
    public async Task The_cluster_is_tripped_once_however_often_the_same_order_comes()
    {
        await using var rig = await GuardedCluster.StartAsync();
        var order = Order("cluster", ns: null, name: null, ("requestId", "r-1"));

        var first = await rig.Client.OrderAsync("breakers/trip", order);
        await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.All(target => target.OnFallback()));
        var again = await rig.Client.OrderAsync("breakers/trip", order);

        Assert.Equal((202, first.Text), (again.Status, again.Text));

        await rig.Client.OrderAsync("breakers/reset", Order("cluster", ns: null, name: null, ("mode", "immediate")));
        await ClosedAsync(rig);
        Assert.All(rig.Look().Targets, target => Assert.True(target.WithKedaAlone()));
        foreach (var target in rig.Look().Targets)
        {
            Assert.Equal(ThereAndBack(target.Namespace, target.Name), OnAutoscaling(rig).Where(change => Concerns(change, target)));
            Assert.Equal(["ReactorTripped", "ReactorHandedBack"], await EventsAsync(rig, target.Name));
        }
    }

    [Fact]
    public async Task Orders_that_make_no_sense_are_refused_and_change_nothing()
    {
        await using var rig = await GuardedCluster.StartAsync();

        var unknown = await rig.Client.OrderAsync("breakers/trip", Order("target", "sophia-mesh", "nobody-knows-it"));
        var unknownReset = await rig.Client.OrderAsync("breakers/reset", Order("namespace", "nowhere", name: null, ("mode", "gradual")));
        var nothing = await rig.Client.OrderAsync("breakers/reset", Order("cluster", ns: null, name: null, ("mode", "immediate")));
        var noIncident = await rig.Client.OrderAsync("incidents/i-1/hold", new JsonObject { ["reason"] = "r", ["by"] = "ana" });
        var faulty = await rig.Client.OrderAsync("breakers/trip", Order("galaxy", ns: null));

        Assert.Equal([404, 404, 409, 404, 400],
            ((Reply[])[unknown, unknownReset, nothing, noIncident, faulty]).Select(reply => reply.Status));
        Assert.Contains("nothing in the whole cluster is on a fallback", (string?)nothing.Json!["detail"], StringComparison.Ordinal);
        Assert.Equal(404, (await rig.Client.TryGetAsync("breakers/sophia-mesh/nobody-knows-it")).Status);
        Assert.Equal(404, (await rig.Client.TryGetAsync("incidents/i-1")).Status);
        Assert.Equal(0, rig.AcceptedWrites);
    }

    [Fact]
    public async Task A_reset_is_refused_while_KEDA_could_not_take_the_targets_back()
    {
        await using var rig = await GuardedCluster.StartAsync();
        await rig.Client.OrderAsync("breakers/trip", Order("target", "sophia-mesh", Target));
        await rig.UntilAsync("the target on its fallback", () => rig.Target(Target).OnFallback());
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));

        var reset = await rig.Client.OrderAsync("breakers/reset", Order("target", "sophia-mesh", Target, ("mode", "immediate")));

        Assert.Equal((409, "Still unhealthy"), (reset.Status, (string?)reset.Json!["title"]));
        Assert.True(rig.Target(Target).OnFallback());
    }

    private static JsonObject Order(string scope, string? ns, string? name = null, params (string Name, string Value)[] more)
    {
        var order = new JsonObject { ["scope"] = scope, ["reason"] = "the test says so", ["by"] = "ana" };
        if (ns is not null) order["namespace"] = ns;
        if (name is not null) order["name"] = name;
        foreach (var (field, value) in more) order[field] = value;
        return order;
    }

    /// <summary>All that one trip and one way back change of a target's autoscaling.</summary>
    private static string[] ThereAndBack(string ns, string target) =>
    [
        $"PATCH {ns}/scaledobjects/{target}", // the pause
        $"PATCH {ns}/horizontalpodautoscalers/{target}-fallback",
        $"PATCH {ns}/scaledobjects/{target}", // the pause off
        $"DELETE {ns}/horizontalpodautoscalers/{target}-fallback",
        $"PATCH {ns}/scaledobjects/{target}", // the last marks
    ];

    /// <summary>
    /// KEDA's own HPA is deleted by whoever comes first, KEDA or the reactor. Counts through /scale depend on how fast the HPA controller was and
    /// on what cron asks for at this hour.
    /// </summary>
    private static IEnumerable<string> OnAutoscaling(GuardedCluster rig) => rig.Changes.Where(change =>
        !change.Contains("/horizontalpodautoscalers/keda-hpa-", StringComparison.Ordinal) && !change.EndsWith("/scale", StringComparison.Ordinal));

    private static bool Concerns(string change, TargetState target) =>
        change.Split(' ', '/') is [_, var ns, _, var name] && ns == target.Namespace && (name == target.Name || name == target.Name + "-fallback");

    /// <summary>What the reactor told on a ScaledObject, in order. It tells beside its runs, so that the last may come after everything else.</summary>
    private static async Task<IEnumerable<string?>> EventsAsync(GuardedCluster rig, string target)
    {
        List<StoredObject> Told() => rig.Kubernetes.Look(cluster => cluster.Store.All(Resources.Events).Where(e =>
            e.Document.Object("involvedObject").Text("name") == target && e.Document.Text("reportingComponent") == Core.Annotations.Manager).ToList());
        await rig.UntilAsync($"the Event that {target} was handed back", () => Told().Exists(e => e.Document.Text("reason") == "ReactorHandedBack"));
        return Told().OrderBy(e => e.ResourceVersion).Select(e => e.Document.Text("reason"));
    }

    private static Task<JsonNode> BreakerAsync(GuardedCluster rig) => rig.Client.GetAsync($"breakers/sophia-mesh/{Target}");

    private static async Task<int> FallbackActiveAsync(GuardedCluster rig, string target)
    {
        var metrics = (await rig.Client.TryGetAsync("metrics")).Text;
        var sample = metrics.Split('\n').Single(line =>
            line.StartsWith("keda_hpa_fallback_active{", StringComparison.Ordinal) && line.Contains($"scaledObject=\"{target}\"", StringComparison.Ordinal));
        return int.Parse(sample.Split(' ')[^1]);
    }

    private static Task ClosedAsync(GuardedCluster rig) => rig.UntilAsync("the incident closed and its resolve delivered", async () =>
        (await rig.Client.GetAsync("incidents"))["open"]!.AsArray().Count == 0 && rig.PagerDuty() is [.., { Action: "resolve" }]);
}
