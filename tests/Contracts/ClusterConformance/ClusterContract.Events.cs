using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

public abstract partial class ClusterContract
{
    [ClusterFact(Needs = Needs.Keda)]
    public async Task A_rescale_is_an_event_in_both_api_groups()
    {
        var target = await GivenAsync(replicas: 1, wish: 3);
        await UntilAsync("rescaled to 3", async () => (await EventsAsync("SuccessfulRescale", target.KedaHpa)).Count > 0, 2 * OneSync);
        var core = Assert.Single(await EventsAsync("SuccessfulRescale", target.KedaHpa));
        Assert.StartsWith("New size: 3; reason: ", core.Text("message"), StringComparison.Ordinal);

        var name = core.Object("metadata").Text("name")!;
        var same = await GetAsync($"/apis/events.k8s.io/v1/namespaces/{cluster.Namespace}/events/{name}");
        Assert.Equal(core.Text("message"), same.Text("note"));
        Assert.Equal(core.Object("involvedObject").Text("uid"), same.Object("regarding").Text("uid"));
        Assert.Equal("SuccessfulRescale", same.Text("reason"));
        Assert.Equal(core.Whole("count"), same.Whole("deprecatedCount") ?? same.Object("series").Whole("count"));
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Rescales_to_the_same_size_are_one_event_whose_count_grows_and_the_reactor_reads_that()
    {
        var target = await GivenAsync(replicas: 1, wish: 3);
        await UntilAsync("3 replicas", async () => await ReplicasAsync(target) == 3, 2 * OneSync);
        await WishAsync(target, 1);
        await UntilAsync("1 replica", async () => await ReplicasAsync(target) == 1, 3 * OneSync);
        await WishAsync(target, 3);
        await UntilAsync("3 replicas again", async () => await ReplicasAsync(target) == 3, 3 * OneSync);
        await UntilAsync("counted", async () => (await ObserveAsync(target)).Target.Rescales.Any(r => r.Size == 3 && r.Count == 2), Soon);

        var seen = (await ObserveAsync(target)).Target.Rescales;
        Assert.Equal([(1, 1), (3, 2)], seen.OrderBy(r => r.Size).Select(r => (r.Size, r.Count)));
        Assert.All(seen, r => Assert.True(r.First <= r.Last));
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task An_unreachable_source_shows_on_the_hpa_in_events_and_in_readiness()
    {
        var target = await GivenAsync(trigger: ContractTarget.Unreachable);
        await UntilAsync("the HPA fails", async () =>
            (await ObserveAsync(target)).Target.KedaHpa?.ScalingActive is { IsFalse: true, Reason: "FailedGetExternalMetric" }, 3 * OneSync);
        await UntilAsync("KEDA's events say so", async () => (await EventsAsync("KEDAScalerFailed", target.Name)).Count > 0, 2 * OneSync);
        await UntilAsync("not ready", async () => (await ObserveAsync(target)).Target.Ready is { IsFalse: true }, 3 * OneSync);
    }

    private async Task WishAsync(ContractTarget target, int wish)
    {
        var cron = ContractTarget.Cron(cluster.Time.GetUtcNow(), wish);
        Assert.Equal(200, (await SendAsync("PATCH", target.ScaledObjectPath, $$$"""{"spec":{"triggers":[{{{cron}}}]} }""", Reply.Merge)).Status);
    }
}
