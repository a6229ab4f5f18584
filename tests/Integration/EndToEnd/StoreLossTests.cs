using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

public sealed class StoreLossTests
{
    [Fact]
    public async Task While_the_state_cannot_be_written_an_alert_is_answered_503_and_once_it_can_the_same_alert_trips()
    {
        await using var rig = await GuardedCluster.StartAsync();
        var alert = AlertBody.Of(AlertBody.Firing(
            "KEDAScalingOscillation", "a1", rig.Clock.GetUtcNow(), ("namespace", "sophia-mesh"), ("deployment", "sophia-ai-services")));

        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(rig.DatabasePath)!)) File.Delete(file);
        Directory.CreateDirectory(rig.DatabasePath);
        var refused = await rig.Client.AlertAsync(alert);
        var health = await rig.Client.TryGetAsync("health");
        var ready = await rig.Client.TryGetAsync("health/ready");

        Assert.Equal((503, "Store not available"), (refused.Status, (string?)refused.Json?["title"]));
        Assert.Equal((503, 503), (health.Status, ready.Status));
        Assert.Contains("the store can't be used", health.Text, StringComparison.Ordinal);
        Assert.Equal(0, rig.AcceptedWrites);

        Directory.Delete(rig.DatabasePath);
        var accepted = await rig.Client.AlertAsync(alert);

        Assert.Equal((202, 1), (accepted.Status, (int?)accepted.Json!["accepted"]));
        await rig.UntilAsync("the target on its fallback", () => rig.Target("sophia-ai-services").OnFallback());
    }

    [Fact]
    public async Task Without_a_store_a_dead_operator_still_trips_and_pages_and_everything_comes_back_after_both_have_returned()
    {
        await using var rig = await GuardedCluster.StartAsync();
        await rig.UntilAsync("a first probe", async () => (string?)(await rig.Client.TryGetAsync("health")).Json?["status"] == "healthy");
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(rig.DatabasePath)!)) File.Delete(file);
        Directory.CreateDirectory(rig.DatabasePath);

        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.All(target => target.OnFallback()));
        await rig.UntilAsync("the pages", () => Triggered(rig, "operator-unhealthy") && Triggered(rig, "store-down"));
        var order = await rig.Client.OrderAsync("breakers/reset", new() { ["scope"] = "cluster", ["mode"] = "immediate", ["reason"] = "now", ["by"] = "ana" });
        Assert.Equal(503, order.Status);

        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Alive));
        Directory.Delete(rig.DatabasePath);
        await rig.UntilAsync("every target back with KEDA", () => rig.Look().Targets.All(target => target.WithKedaAlone()));
        await rig.UntilAsync("the last pages", () => rig.PagerDuty().Where(page => page.Action == "resolve").Select(page => page.Key).Distinct().Count() == 2);
        var reasons = (await rig.Client.GetAsync("audit?limit=1000"))["records"]!.AsArray().Select(record => (string)record!["reason"]!).ToList();
        Assert.Equal("StoreLost", reasons[0], ignoreCase: true);
        Assert.Contains("incidentClosed", reasons, StringComparer.OrdinalIgnoreCase);
    }

    private static bool Triggered(GuardedCluster rig, string what) =>
        rig.PagerDuty().Any(page => page.Action == "trigger" && page.Key.Contains(what, StringComparison.Ordinal));
}
