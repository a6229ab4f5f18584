using System.Globalization;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

public abstract partial class ClusterContract
{
    [ClusterFact(Needs = Needs.Keda)]
    public async Task A_pause_takes_kedas_hpa_away_and_leaves_the_replicas_the_hpas_name_and_readiness()
    {
        var target = await GivenAsync(replicas: 2, wish: 2);
        await UntilAsync("ready", async () => await ConditionAsync(target.ScaledObjectPath, "Ready") == "True", 2 * OneSync);

        await PausedAsync(target);

        Assert.Equal(2, await ReplicasAsync(target));
        Assert.Equal(target.KedaHpa, (await GetAsync(target.ScaledObjectPath)).Object("status").Text("hpaName"));
        Assert.Equal("True", await ConditionAsync(target.ScaledObjectPath, "Ready"));
        await UntilAsync("Paused says True", async () => await ConditionAsync(target.ScaledObjectPath, "Paused") == "True", Soon);
        Assert.Null((await ObserveAsync(target)).Target.KedaHpa);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Removing_the_key_brings_kedas_hpa_back_and_its_first_sync_comes_within_15_s()
    {
        var target = await GivenAsync();
        await PausedAsync(target);

        Assert.Equal(Outcome.Done, (await PauseAsync(target, null)).Outcome);
        await UntilAsync("KEDA's HPA is back", async () => (await ObserveAsync(target)).Target.KedaHpa is not null, Soon);
        await UntilAsync("it scales", async () => (await ObserveAsync(target)).Target.KedaHpa?.ScalingActive is { IsTrue: true }, OneSync);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task False_resumes_as_removing_the_key_does()
    {
        var target = await GivenAsync();
        await PausedAsync(target);
        await AnnotatedAsync(target, Annotations.Paused, "false");
        await UntilAsync("KEDA's HPA is back", () => ExistsAsync(target.KedaHpaPath), Soon);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task After_an_empty_value_removing_the_key_is_not_noticed_and_false_wakes_keda()
    {
        var target = await GivenAsync();
        await PausedAsync(target);
        await AnnotatedAsync(target, Annotations.Paused, "");
        await WaitAsync(2);
        await AnnotatedAsync(target, Annotations.Paused, null);
        await StaysAsync("KEDA's HPA is away", async () => !await ExistsAsync(target.KedaHpaPath), 20);

        await AnnotatedAsync(target, Annotations.Paused, "false");
        await UntilAsync("KEDA's HPA is back", () => ExistsAsync(target.KedaHpaPath), Soon);
        await AnnotatedAsync(target, Annotations.Paused, null);
        await StaysAsync("KEDA's HPA stays", () => ExistsAsync(target.KedaHpaPath), 5);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task An_empty_value_leaves_the_hpa()
    {
        var target = await GivenAsync();
        await AnnotatedAsync(target, Annotations.Paused, "");
        await StaysAsync("KEDA's HPA stays", () => ExistsAsync(target.KedaHpaPath), 10);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task What_is_no_false_pauses()
    {
        var target = await GivenAsync();
        await AnnotatedAsync(target, Annotations.Paused, "garbage");
        Assert.True(Annotations.Pauses("garbage"));
        await UntilAsync("KEDA's HPA is gone", async () => !await ExistsAsync(target.KedaHpaPath), Soon);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Paused_and_its_hpa_deleted_by_the_reactor_at_once_it_is_not_made_again()
    {
        var target = await GivenAsync();
        var seen = (await ObserveAsync(target)).Target;
        var ends = await cluster.Client.ActAsync(
            [new WriteChain(target.Id, [Annotating(seen, "true"), new DeleteHpa { Target = target.Id, Purpose = "the contract", Name = target.KedaHpa, Uid = seen.KedaHpa!.Uid, Owner = HpaOwner.Keda }])],
            _ => true, CancellationToken.None);

        // KEDA may have been faster: then it is gone already.
        Assert.All(ends, end => Assert.True(end.Outcome is Outcome.Done or Outcome.AlreadyDone, $"{end.Outcome}: {end.Detail}"));
        await WaitAsync(4);
        await StaysAsync("no HPA of KEDA", async () => !await ExistsAsync(target.KedaHpaPath), 10);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Not_paused_a_deleted_or_changed_hpa_is_put_back()
    {
        var target = await GivenAsync(max: 9);
        var before = (await GetAsync(target.KedaHpaPath)).Object("metadata").Text("uid");
        Assert.Equal(200, (await SendAsync("DELETE", target.KedaHpaPath)).Status);
        await UntilAsync("another stands", async () => (await SendAsync("GET", target.KedaHpaPath)).Body.Object("metadata").Text("uid") is { } uid && uid != before, Soon);

        await SendAsync("PATCH", target.KedaHpaPath, """{"spec":{"maxReplicas":99}}""", Reply.Merge);
        await UntilAsync("its max is KEDA's again", async () => (await GetAsync(target.KedaHpaPath)).Object("spec").Whole("maxReplicas") == 9, Soon);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Paused_replicas_takes_the_hpa_scales_once_and_leaves_later_changes_alone()
    {
        var target = await GivenAsync();
        await AnnotatedAsync(target, Annotations.PausedReplicas, "3");
        await UntilAsync("three replicas and no HPA", async () => await ReplicasAsync(target) == 3 && !await ExistsAsync(target.KedaHpaPath), Soon);

        Assert.Equal(200, (await SendAsync("PATCH", target.ScalePath, """{"spec":{"replicas":4}}""", Reply.Merge)).Status);
        await StaysAsync("four replicas", async () => await ReplicasAsync(target) == 4, 10);
        Assert.Equal("3", (await ObserveAsync(target)).Target.Annotations[Annotations.PausedReplicas]);
    }

    [ClusterFact(Needs = Needs.Keda, Trait = nameof(KedaTrait.OneDirectionPauses))]
    public async Task Pausing_one_direction_keeps_the_hpa_with_that_direction_disabled()
    {
        var target = await GivenAsync();
        await AnnotatedAsync(target, Annotations.PausedScaleIn, "true");
        await UntilAsync("scale-down is disabled", () => DisabledAsync(target, "scaleDown"), Soon);
        await AnnotatedAsync(target, Annotations.PausedScaleIn, null);
        await AnnotatedAsync(target, Annotations.PausedScaleOut, "true");
        await UntilAsync("scale-up is disabled", () => DisabledAsync(target, "scaleUp"), Soon);
        Assert.NotNull((await ObserveAsync(target)).Target.KedaHpa);
        Assert.Equal("True", await ConditionAsync(target.ScaledObjectPath, "Paused"));
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task The_paused_condition_is_no_evidence_after_an_unpause_the_hpa_stays_whatever_it_says()
    {
        var target = await GivenAsync();
        for (var round = 0; round < 3; round++)
        {
            await PausedAsync(target);
            await PauseAsync(target, null);
            await UntilAsync("KEDA's HPA is back", () => ExistsAsync(target.KedaHpaPath), Soon);
            var said = new SortedSet<string>(StringComparer.Ordinal);
            await StaysAsync("KEDA's HPA stays", async () =>
            {
                said.Add(await ConditionAsync(target.ScaledObjectPath, "Paused"));
                return await ExistsAsync(target.KedaHpaPath);
            }, 5);
            output.WriteLine($"Paused said {string.Join(", ", said.Order(StringComparer.Create(CultureInfo.InvariantCulture, ignoreCase: false)))}");
        }
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Annotations_do_not_move_the_generation_and_conditions_carry_no_time()
    {
        var target = await GivenAsync();
        var before = (await GetAsync(target.ScaledObjectPath)).Object("metadata").Whole("generation");
        await PausedAsync(target);
        var after = await GetAsync(target.ScaledObjectPath);
        Assert.Equal(before, after.Object("metadata").Whole("generation"));
        Assert.All(after.Object("status").Array("conditions")!, c => Assert.Null(c.Text("lastTransitionTime")));
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task Our_annotations_are_copied_onto_kedas_hpa_and_the_reactor_still_knows_whose_it_is()
    {
        var target = await GivenAsync();
        await AnnotatedAsync(target, Annotations.Incident, "copied");
        await PausedAsync(target);
        await AnnotatedAsync(target, Annotations.Incident, "copied");
        await AnnotatedAsync(target, Annotations.Paused, null);
        await UntilAsync("KEDA's HPA is back", () => ExistsAsync(target.KedaHpaPath), Soon);

        Assert.Equal("copied", (await GetAsync(target.KedaHpaPath)).Object("metadata").Object("annotations").Text(Annotations.Incident));
        Assert.Equal(HpaOwner.Keda, Assert.Single((await ObserveAsync(target)).Target.Hpas).Owner);
    }

    [ClusterFact(Needs = Needs.Keda)]
    public async Task A_deleted_scaled_object_takes_kedas_hpa_and_our_fallback_along()
    {
        var target = await GivenAsync();
        var uid = await PausedAsync(target);
        Assert.Equal(Outcome.Done, (await ActAsync(Fallback(target, uid, 1))).Outcome);
        await StaysAsync("the fallback stays while its owner does", () => ExistsAsync(target.FallbackPath), 3);

        Assert.Equal(200, (await SendAsync("DELETE", target.ScaledObjectPath)).Status);
        await UntilAsync("the fallback went with it", async () => !await ExistsAsync(target.FallbackPath) && !await ExistsAsync(target.ScaledObjectPath), 2 * Soon);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.OperatorMetrics, Trait = nameof(KedaTrait.ScalerMetricsVanish))]
    public async Task The_metrics_of_a_scaler_vanish_while_paused_and_return()
    {
        var target = await GivenAsync();
        await UntilAsync("its metrics are there", () => MetricsAsync(target), 3 * Soon);
        await PausedAsync(target);
        await UntilAsync("its metrics are gone", async () => !await MetricsAsync(target), Soon);
        await PauseAsync(target, null);
        await UntilAsync("its metrics are back", () => MetricsAsync(target), 3 * Soon);
    }

    private async Task<bool> MetricsAsync(ContractTarget target) => (await SendAsync("GET", cluster.Keda!.MetricsPath)).Text.Split('\n')
        .Any(line => line.StartsWith("keda_scaler_active{", StringComparison.Ordinal) && line.Contains($"scaledObject=\"{target.Name}\"", StringComparison.Ordinal));

    private async Task<bool> DisabledAsync(ContractTarget target, string direction) =>
        (await SendAsync("GET", target.KedaHpaPath)).Body.Object("spec").Object("behavior").Object(direction).Text("selectPolicy") == "Disabled";
}
