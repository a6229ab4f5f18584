using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Receivers;

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
        Assert.Equal((503, 200, false), (health.Status, ready.Status, (bool?)ready.Json!["orders"]));
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

    [Fact]
    public async Task Without_a_store_and_with_every_channel_refusing_the_ScaledObjects_say_that_nobody_was_told_and_later_the_trail_does()
    {
        await using var rig = await GuardedCluster.StartAsync();
        await rig.UntilAsync("a first probe", async () => (string?)(await rig.Client.TryGetAsync("health")).Json?["status"] == "healthy");
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(rig.DatabasePath)!)) File.Delete(file);
        Directory.CreateDirectory(rig.DatabasePath);
        foreach (var channel in (string[])["slack", "pagerduty"])
            rig.Receivers.Log.Fail(channel, new ChannelFailure(503, "away", int.MaxValue));

        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        await rig.UntilAsync("Events on the ScaledObjects", () => Told(rig).Select(told => told.Target).Distinct().Count() == rig.Look().Targets.Length);
        // A later page of the same incident waits its turn behind it, not tried yet.
        Assert.Equal(rig.Look().Targets.Length, Told(rig).Count(told => told.Message.Contains("slack: 503", StringComparison.Ordinal)));
        Assert.Contains(rig.LogLines(), line => line.Contains("Nobody can be told", StringComparison.Ordinal));
        Assert.Contains("nobody can be told", (await rig.Client.TryGetAsync("health")).Text, StringComparison.Ordinal);
        Assert.Contains("reactor_pages_unheard{", (await rig.Client.TryGetAsync("metrics")).Text, StringComparison.Ordinal);

        Directory.Delete(rig.DatabasePath);
        await rig.UntilAsync("the record", async () =>
            (await rig.Client.TryGetAsync("audit?limit=1000")).Text.Contains("pagesSilent", StringComparison.OrdinalIgnoreCase));
    }

    private static List<(string Target, string Message)> Told(GuardedCluster rig) => rig.Kubernetes.Look(cluster => cluster.Store.All(Resources.Events)
        .Where(e => e.Document.Text("reason") == "PageNotDelivered")
        .Select(e => (e.Document.Object("involvedObject").Text("name")!, e.Document.Text("message")!)).ToList());

    private static bool Triggered(GuardedCluster rig, string what) =>
        rig.PagerDuty().Any(page => page.Action == "trigger" && page.Key.Contains(what, StringComparison.Ordinal));
}
