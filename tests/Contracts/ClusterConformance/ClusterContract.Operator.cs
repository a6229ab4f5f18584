using System.Globalization;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

public abstract partial class ClusterContract
{
    private const string ApiServicePath = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";

    private string LeasePath => $"/apis/coordination.k8s.io/v1/namespaces/{cluster.Keda!.Namespace}/leases/operator.keda.sh";

    [ClusterFact(Needs = Needs.Keda)]
    public async Task A_live_operator_renews_its_lease_about_every_2_s_and_the_reactor_sees_it_alive()
    {
        Assert.Equal(15, (await GetAsync(LeasePath)).Object("spec").Whole("leaseDurationSeconds"));
        var first = await RenewedAsync();
        await UntilAsync("renewed", async () => await RenewedAsync() > first, 6);
        await UntilAsync("renewed again", async () => await RenewedAsync() > first.AddSeconds(3), 10);

        var look = await cluster.Client.ObserveAsync(CancellationToken.None);
        Assert.True(look.Observation!.Operator is { AvailableReplicas: > 0, LeaseRenewTime: not null, LeaseHolder: not null });
        Assert.Equal(cluster.Keda!.Operator, look.Observation.Operator.Deployment);
        Assert.True(look.Observation.MetricsServer.Available);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.StoppingKeda)]
    public async Task A_stopped_operator_keeps_lease_and_api_service_and_its_hpa_and_a_pause_does_nothing_until_it_returns()
    {
        var target = await GivenAsync(replicas: 2, wish: 2);
        await UntilAsync("KEDA's HPA scales", async () => await ConditionAsync(target.KedaHpaPath, "ScalingActive") == "True", 2 * OneSync);
        await using var stopped = await StopOperatorAsync();
        var (holder, renewed) = ((await GetAsync(LeasePath)).Object("spec").Text("holderIdentity"), await RenewedAsync());

        Assert.Equal(Outcome.Done, (await PauseAsync(target)).Outcome);
        await StaysAsync("KEDA's HPA stays, Paused says no", async () =>
            await ExistsAsync(target.KedaHpaPath) && await ConditionAsync(target.ScaledObjectPath, "Paused") != "True", HpaSync);
        Assert.Equal((holder, renewed), ((await GetAsync(LeasePath)).Object("spec").Text("holderIdentity"), await RenewedAsync()));
        var look = (await cluster.Client.ObserveAsync(CancellationToken.None)).Observation!;
        Assert.Equal((0, renewed, true), (look.Operator.AvailableReplicas, look.Operator.LeaseRenewTime, look.MetricsServer.Available));

        await stopped.GiveBackAsync();
        await UntilAsync("the returned operator deletes the HPA", async () => !await ExistsAsync(target.KedaHpaPath), 120);
        Assert.True(await RenewedAsync() > renewed);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.StoppingKeda)]
    public async Task With_the_operator_stopped_metrics_fail_after_about_a_minute_while_the_api_service_stays_available()
    {
        var target = await GivenAsync();
        await UntilAsync("KEDA's HPA scales", async () => await ConditionAsync(target.KedaHpaPath, "ScalingActive") == "True", 2 * OneSync);
        await using var stopped = await StopOperatorAsync();

        // A minute where it is alone. Five calls hang at once, so with many HPAs of KEDA it waits for its turn (not within 150 s with 60).
        await UntilAsync("the HPA fails", async () =>
            (await ObserveAsync(target)).Target.KedaHpa?.ScalingActive is { IsFalse: true, Reason: "FailedGetExternalMetric" }, 900);
        Assert.Equal("True", await AvailableAsync());
        await stopped.GiveBackAsync();
        await UntilAsync("the HPA recovers", async () => (await ObserveAsync(target)).Target.KedaHpa?.ScalingActive is { IsTrue: true }, 120);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.StoppingKeda)]
    public async Task With_the_operator_stopped_the_reactor_deletes_kedas_hpa_itself_and_it_stays_away()
    {
        var target = await GivenAsync(replicas: 2, wish: 2);
        await using var stopped = await StopOperatorAsync();
        var seen = (await ObserveAsync(target)).Target;
        var ends = await cluster.Client.ActAsync(
        [
            new WriteChain(target.Id,
            [
                Annotating(seen, "true"),
                new DeleteHpa { Target = target.Id, Purpose = "the contract", Name = target.KedaHpa, Uid = seen.KedaHpa!.Uid, Owner = HpaOwner.Keda },
                Fallback(target, seen.Uid, 3),

                // Not left to the HPA controller: calls that hang hold its workers, and the HPAs of others may be many.
                new ScaleWorkload { Target = target.Id, Purpose = "the contract", Workload = target.Workload, From = 2, Replicas = 3, Because = Reason.RaisedWithoutHpa, ResourceVersion = seen.Replicas!.ResourceVersion },
            ]),
        ], _ => true, CancellationToken.None);
        Assert.Equal([Outcome.Done, Outcome.Done, Outcome.Done, Outcome.Done], ends.Select(e => e.Outcome));
        Assert.Equal(3, await ReplicasAsync(target));

        await stopped.GiveBackAsync();
        await UntilAsync("the operator says paused", async () => await ConditionAsync(target.ScaledObjectPath, "Paused") == "True", 120);
        await StaysAsync("KEDA's HPA stays away and the fallback stays", async () =>
            (await ObserveAsync(target)).Target is { KedaHpa: null, FallbackHpa: not null } && await ReplicasAsync(target) >= 3, OneSync);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.StoppingKeda)]
    public async Task Unpaused_while_the_operator_is_stopped_the_hpa_comes_back_with_it()
    {
        var target = await GivenAsync();
        await PausedAsync(target);
        await using var stopped = await StopOperatorAsync();
        Assert.Equal(Outcome.Done, (await PauseAsync(target, null)).Outcome);
        await StaysAsync("no HPA of KEDA", async () => !await ExistsAsync(target.KedaHpaPath), Soon);
        await stopped.GiveBackAsync();
        await UntilAsync("KEDA's HPA is back", () => ExistsAsync(target.KedaHpaPath), 120);
    }

    [ClusterFact(Needs = Needs.Keda | Needs.StoppingKeda)]
    public async Task With_the_metrics_server_stopped_hpas_fail_at_their_next_sync_and_the_api_service_soon_after()
    {
        var target = await GivenAsync();
        await UntilAsync("KEDA's HPA scales", async () => await ConditionAsync(target.KedaHpaPath, "ScalingActive") == "True", 2 * OneSync);
        await using var stopped = await cluster.StopKedaAsync(cluster.Keda!.MetricsServer!);
        await UntilAsync("the HPA fails", async () =>
            (await ObserveAsync(target)).Target.KedaHpa?.ScalingActive is { IsFalse: true, Reason: "FailedGetExternalMetric" }, 3 * OneSync);
        await UntilAsync("the reactor sees it", async () => (await cluster.Client.ObserveAsync(CancellationToken.None)).Observation?.MetricsServer.Available == false, 60);
        await stopped.GiveBackAsync();
        await UntilAsync("all is well again", async () =>
            await AvailableAsync() == "True" && (await ObserveAsync(target)).Target.KedaHpa?.ScalingActive is { IsTrue: true }, 120);
    }

    /// <summary>Scaled to 0, and no process left.</summary>
    private async Task<StoppedKeda> StopOperatorAsync()
    {
        var stopped = await cluster.StopKedaAsync(cluster.Keda!.Operator);
        try
        {
            await StoppedAsync();
            return stopped;
        }
        catch
        {
            await stopped.DisposeAsync();
            throw;
        }
    }

    private async Task StoppedAsync()
    {
        await UntilAsync("no operator", async () =>
            ((await GetAsync($"/apis/apps/v1/namespaces/{cluster.Keda!.Namespace}/deployments/{cluster.Keda.Operator}")).Object("status").Whole("replicas") ?? 0) == 0, 60);

        // The last renewal may have been under way; a pod that ends renews no more.
        var renewed = await RenewedAsync();
        await UntilAsync("its lease is no longer renewed", async () =>
        {
            await WaitAsync(5);
            return renewed == (renewed = await RenewedAsync());
        }, 60);
    }

    private async Task<DateTimeOffset> RenewedAsync() =>
        DateTimeOffset.Parse((await GetAsync(LeasePath)).Object("spec").Text("renewTime")!, CultureInfo.InvariantCulture);

    private async Task<string> AvailableAsync() =>
        (await GetAsync(ApiServicePath)).Object("status").Array("conditions")!.Single(c => c.Text("type") == "Available").Text("status")!;
}
