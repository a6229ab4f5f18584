using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

public abstract partial class ClusterContract
{
    [ClusterFact(Needs = Needs.Keda | Needs.Webhook)]
    public async Task With_a_foreign_hpa_on_the_workload_a_pause_is_refused_and_so_is_its_dry_run()
    {
        var target = await GivenAsync();
        await ApplyHpaAsync(target, target.Name + "-foreign", 1);

        var refused = await PauseAsync(target);
        Assert.Equal((Outcome.Refused, 403), (refused.Outcome, refused.Status));
        Assert.Contains($"the workload '{target.Name}' of type 'apps/v1.Deployment' is already managed by the hpa '{target.Name}-foreign'", refused.Detail, StringComparison.Ordinal);
        var dry = await SendAsync("PATCH", target.ScaledObjectPath + "?dryRun=All", """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""", Reply.Merge);
        Assert.Equal(403, dry.Status);
        Assert.True(await ExistsAsync(target.KedaHpaPath));
        Assert.Equal(HpaOwner.Other, (await ObserveAsync(target)).Target.ForeignHpa?.Owner);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.Webhook)]
    public async Task With_a_foreign_hpa_on_the_workload_an_unpause_is_refused_until_it_goes()
    {
        var target = await GivenAsync();
        await PausedAsync(target);
        await ApplyHpaAsync(target, target.Name + "-foreign", 1);
        Assert.Equal(403, (await PauseAsync(target, null)).Status);

        await SendAsync("DELETE", $"{target.HpasPath}/{target.Name}-foreign");
        await UntilAsync("accepted at once", async () => (await PauseAsync(target, null)).Outcome == Outcome.Done, 2);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.Webhook, Trait = nameof(KedaTrait.OwnershipAnnotationLifts))]
    public async Task The_ownership_annotation_alone_lifts_the_refusal()
    {
        var target = await GivenAsync();
        Assert.Equal(201, (await ApplyHpaAsync(target, target.Name + "-marked", 1, NotOurs)).Status);
        Assert.Equal(Outcome.Done, (await PauseAsync(target)).Outcome);
        Assert.Equal(Outcome.Done, (await PauseAsync(target, null)).Outcome);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.Webhook)]
    public async Task An_owner_reference_to_the_scaled_object_alone_lifts_it_and_keda_leaves_that_hpa_alone()
    {
        var target = await GivenAsync();
        var uid = (await ObserveAsync(target)).Target.Uid;
        var made = await ApplyHpaAsync(target, target.Name + "-owned", 1,
            $$""","ownerReferences":[{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","name":"{{target.Name}}","uid":"{{uid}}","blockOwnerDeletion":false}]""", max: 7);
        Assert.Equal(201, made.Status);
        Assert.Equal(Outcome.Done, (await PauseAsync(target)).Outcome);
        Assert.Equal(Outcome.Done, (await PauseAsync(target, null)).Outcome);
        await StaysAsync("it is neither deleted nor changed", async () => (await GetAsync($"{target.HpasPath}/{target.Name}-owned")).Object("spec").Whole("maxReplicas") == 7, 5);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.Webhook)]
    public async Task Our_own_fallback_blocks_neither_pause_nor_unpause()
    {
        var target = await GivenAsync();
        var uid = (await ObserveAsync(target)).Target.Uid;
        Assert.Equal(Outcome.Done, (await ActAsync(Fallback(target, uid, 1))).Outcome);
        Assert.Equal(Outcome.Done, (await PauseAsync(target)).Outcome);
        Assert.Equal(Outcome.Done, (await PauseAsync(target, null)).Outcome);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.Webhook)]
    public async Task A_warning_of_the_webhook_is_no_error()
    {
        var target = await GivenAsync(more: "\"cooldownPeriod\":30,");
        var warned = await AnnotateAsync(target, "example.org/mark", "x");
        Assert.Equal(200, warned.Status);
        Assert.Contains(warned.Warnings, w => w.StartsWith("299", StringComparison.Ordinal));
        Assert.Equal(Outcome.Done, (await PauseAsync(target)).Outcome);
    }
}
