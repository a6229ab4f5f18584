using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

/// <summary>A sender that goes wrong in the hour in which KEDA dies.</summary>
public sealed class FloodTests
{
    private const string Down = "KEDA's operator is down";

    [Fact]
    public async Task After_fifteen_hundred_alerts_of_their_own_the_critical_page_is_among_the_first_of_each_channel()
    {
        await using var rig = await GuardedCluster.StartAsync();
        for (var batch = 0; batch < 3; batch++)
        {
            var reply = await rig.Client.AlertAsync(Slow(rig, batch * 500, 500));
            Assert.Equal((202, 500), (reply.Status, (int?)reply.Json!["accepted"]));
        }

        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));

        await rig.Client.AlertAsync(AlertBody.Of(AlertBody.Firing("KEDAOperatorDown", "down", rig.Clock.GetUtcNow())));
        await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.All(target => target.OnFallback()));
        await rig.UntilAsync("the page in both channels", () => Place(rig, "slack") >= 0 && Place(rig, "pagerduty") >= 0);

        // Before it at most what told of the flood: one notice, said again as it doubled.
        Assert.InRange(Place(rig, "slack"), 0, 4);
        Assert.InRange(Place(rig, "pagerduty"), 0, 4);
        await rig.UntilAsync("the flood told", () => rig.PagerDuty().Any(IsSlow));
        Assert.Single(rig.PagerDuty().Where(IsSlow).DistinctBy(page => page.Key));
    }

    private static bool IsSlow((string Action, string Key) page) => page.Key.Contains("/latency/", StringComparison.Ordinal);

    private static int Place(GuardedCluster rig, string channel) =>
        rig.Pages(channel).Select(page => page.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal)).ToList().FindIndex(page => page.Contains(Down, StringComparison.Ordinal));

    private static string Slow(GuardedCluster rig, int from, int count) => AlertBody.Of(
        [.. Enumerable.Range(from, count).Select(n => AlertBody.Firing(
            "KEDAScalingLatencyHigh", $"slow{n}", rig.Clock.GetUtcNow(), ("namespace", "sophia-mesh"), ("scaledObject", "sophia-ai-services")))]);
}
