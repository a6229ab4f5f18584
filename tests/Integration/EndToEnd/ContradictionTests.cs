using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

public sealed class ContradictionTests
{
    [Fact]
    public async Task An_alert_that_the_cluster_contradicts_pages_and_changes_nothing()
    {
        await using var rig = await GuardedCluster.StartAsync();

        var reply = await rig.Client.AlertAsync(OperatorDown(rig));
        await rig.UntilAsync("a page in both channels", () => rig.Pages("slack").Count > 0 && rig.PagerDuty().Count > 0);
        await rig.UntilAsync("two more probes", async () => await ProbesAsync(rig) >= 3);

        Assert.Equal(202, reply.Status);
        Assert.Null(reply.Json!["incident"]);
        Assert.Contains("contradicted by what the reactor sees", rig.Pages("pagerduty")[0].ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("trigger", Assert.Single(rig.PagerDuty()).Action);
        Assert.Empty((await rig.Client.GetAsync("incidents"))["open"]!.AsArray());
        Assert.Equal(0, rig.AcceptedWrites);
        Assert.All(rig.Look().Targets, target => Assert.True(target.WithKedaAlone()));
    }

    [Fact]
    public async Task The_same_alert_trips_every_target_when_the_operator_really_is_dead()
    {
        await using var rig = await GuardedCluster.StartAsync();
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));

        var reply = await rig.Client.AlertAsync(OperatorDown(rig));

        Assert.Single(reply.Json!["incident"]!.AsArray());
        await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.All(target => target.OnFallback()));
    }

    private static string OperatorDown(GuardedCluster rig) => AlertBody.Of(AlertBody.Firing("KEDAOperatorDown", "a1", rig.Clock.GetUtcNow()));

    private static async Task<int> ProbesAsync(GuardedCluster rig)
    {
        var metrics = (await rig.Client.TryGetAsync("metrics")).Text;
        var began = metrics.Split('\n').Single(line => line.StartsWith("reactor_last_probe_timestamp_seconds{", StringComparison.Ordinal));
        var probe = DateTimeOffset.FromUnixTimeMilliseconds((long)(double.Parse(began.Split(' ')[^1]) * 1000));
        return (int)((probe - rig.Started) / TimeSpan.FromSeconds(30));
    }
}
