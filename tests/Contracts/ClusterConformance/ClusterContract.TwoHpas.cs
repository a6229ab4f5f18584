using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

public abstract partial class ClusterContract
{
    private const string NotOurs = ""","annotations":{"validations.keda.sh/hpa-ownership":"false"}""";

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Two_hpas_whose_ranges_hold_the_count_stop_each_other()
    {
        var target = await GivenAsync(replicas: 3, wish: 3);
        Assert.Equal(201, (await ApplyHpaAsync(target, target.Name + "-other", 1)).Status);
        await UntilAsync("both say AmbiguousSelector", async () =>
            await AmbiguousAsync(target.KedaHpaPath) && await AmbiguousAsync($"{target.HpasPath}/{target.Name}-other"), 3 * OneSync);

        // From here on neither moves it. (Before, each may have had a sync of its own.)
        var stopped = await ReplicasAsync(target);
        Assert.All((await ObserveAsync(target)).Target.Hpas, hpa => Assert.Equal(("False", "AmbiguousSelector"), (hpa.ScalingActive!.Status, hpa.ScalingActive.Reason)));
        await UntilAsync("events say so again and again", async () => (await EventsAsync("AmbiguousSelector", target.KedaHpa)).Any(e => e.Whole("count") >= 2), 3 * OneSync);
        Assert.Equal(stopped, await ReplicasAsync(target));
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task A_second_hpa_with_a_min_above_the_count_fights_kedas_and_nobody_calls_it_ambiguous()
    {
        var target = await GivenAsync(replicas: 2, wish: 2);
        await UntilAsync("KEDA's HPA scales", async () => await ConditionAsync(target.KedaHpaPath, "ScalingActive") == "True", 2 * OneSync);
        Assert.Equal(201, (await ApplyHpaAsync(target, target.Name + "-other", 3)).Status);

        // Each pulls once a sync: up by its min, down by what KEDA wishes for.
        await UntilAsync("both rescaled more than once", async () =>
            (await EventsAsync("SuccessfulRescale", target.KedaHpa)).Sum(e => e.Whole("count") ?? 0) >= 2
            && (await EventsAsync("SuccessfulRescale", target.Name + "-other")).Sum(e => e.Whole("count") ?? 0) >= 2, 5 * OneSync);
        Assert.Empty(await EventsAsync("AmbiguousSelector", target.KedaHpa));
    }

    [ClusterFact(Needs = Needs.Keda, Trait = nameof(KedaTrait.HpaCountsForReady))]
    public async Task Keda_is_not_ready_beside_a_second_hpa_and_for_a_moment_after_it_went_although_all_is_well()
    {
        var target = await GivenAsync(replicas: 3, wish: 3);

        // Younger than a minute KEDA's HPA is not judged.
        await WaitAsync(65);
        await ApplyHpaAsync(target, target.Name + "-other", 1);
        await UntilAsync("not ready", async () => (await ObserveAsync(target)).Target.Ready is { IsFalse: true, Reason: "HPAMetricsUnavailable" }, 4 * OneSync);
        Assert.Equal(200, (await SendAsync("DELETE", $"{target.HpasPath}/{target.Name}-other")).Status);
        Assert.Equal("False", (await ObserveAsync(target)).Target.Ready!.Status);
        await UntilAsync("ready again after two syncs at the most", async () =>
            (await ObserveAsync(target)).Target is { Ready.IsTrue: true, KedaHpa.ScalingActive.IsTrue: true }, 2 * OneSync);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task A_fresh_hand_back_is_not_judged_for_its_first_minute_and_scales_within_two_syncs()
    {
        var target = await GivenAsync(replicas: 2, wish: 2);
        var uid = await PausedAsync(target);
        Assert.Equal(Outcome.Done, (await ActAsync(Fallback(target, uid, 2))).Outcome);
        Assert.Equal(Outcome.Done, (await PauseAsync(target, null)).Outcome);
        await UntilAsync("KEDA's HPA is back", () => ExistsAsync(target.KedaHpaPath), Soon);
        var ours = (await ObserveAsync(target)).Target.FallbackHpa!;
        Assert.Equal(Outcome.Done, (await ActAsync(Delete(target, ours.Uid))).Outcome);

        await UntilAsync("ready, and scaling", async () => (await ObserveAsync(target)).Target is { Ready.IsTrue: true, KedaHpa.ScalingActive.IsTrue: true, FallbackHpa: null }, 2 * OneSync);
        Assert.Equal(2, await ReplicasAsync(target));
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task An_hpa_does_nothing_at_0_replicas_until_scale_raised_the_workload()
    {
        var target = await GivenAsync(replicas: 0, min: 0, wish: 1, trigger: ContractTarget.Cron(cluster.Time.GetUtcNow().AddHours(12), 1));
        var uid = await PausedAsync(target);
        Assert.Equal(Outcome.Done, (await ActAsync(Fallback(target, uid, 3))).Outcome);
        await StaysAsync("nothing happens at 0", async () => await ReplicasAsync(target) == 0, 2 * OneSync);
        Assert.Equal(("False", "ScalingDisabled"), (await ConditionAsync(target.FallbackPath, "ScalingActive"), await ConditionAsync(target.FallbackPath, "ScalingActive", "reason")));

        var raised = await ActAsync(new ScaleWorkload { Target = target.Id, Purpose = "the contract", Workload = target.Workload, Replicas = 1, From = 0, Because = Reason.RaisedFromZero });
        Assert.Equal(Outcome.Done, raised.Outcome);
        await UntilAsync("the HPA raises it to its min", async () => await ReplicasAsync(target) >= 3, 2 * OneSync);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Without_cpu_requests_the_fallback_still_raises_to_its_min_and_then_holds()
    {
        var target = await GivenAsync(cpu: false);
        var uid = await PausedAsync(target);
        Assert.False(Assert.Single((await ObserveAsync(target)).Target.Replicas!.Containers).HasCpuRequest);
        Assert.Equal(Outcome.Done, (await ActAsync(Fallback(target, uid, 3))).Outcome);
        await UntilAsync("at its min", async () => await ReplicasAsync(target) == 3, OneSync);
        await UntilAsync("it says that it sees no CPU", async () => (await ObserveAsync(target)).Target.FallbackHpa?.ScalingActive is { IsFalse: true, Reason: "FailedGetResourceMetric" }, 3 * OneSync);
        Assert.Equal(3, await ReplicasAsync(target));
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task An_hpa_without_metrics_aims_at_80_percent_cpu()
    {
        var target = await GivenAsync();
        await PausedAsync(target);
        var made = await ApplyHpaAsync(target, target.Name + "-bare", 1, NotOurs);
        Assert.Equal(201, made.Status);
        var metric = Assert.Single(made.Body.Object("spec").Array("metrics")!).Object("resource");
        Assert.Equal(("cpu", 80), (metric.Text("name"), metric.Object("target").Whole("averageUtilization")));
        Assert.Equal(HpaOwner.Other, Assert.Single((await ObserveAsync(target)).Target.Hpas).Owner);
    }

    private static DeleteHpa Delete(ContractTarget target, string uid) =>
        new() { Target = target.Id, Purpose = "the contract", Name = target.FallbackHpa, Uid = uid, Owner = HpaOwner.Reactor };

    private async Task<bool> AmbiguousAsync(string hpa) =>
        await ConditionAsync(hpa, "ScalingActive") == "False" && await ConditionAsync(hpa, "ScalingActive", "reason") == "AmbiguousSelector";
}
