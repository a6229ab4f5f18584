using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

/// <summary>Run twice, in part, and with what is not a Deployment.</summary>
public sealed class RollbackAgainTests
{
    private const string Rollback = "rollback-keda.sh";

    [FactWithProgram("kubectl")]
    public async Task A_second_run_takes_up_the_first_ones_backup_and_a_part_keeps_KEDAs_monitoring()
    {
        await using var world = await ScriptCluster.StartAsync(new SandboxOptions { PrometheusOperator = true });
        await world.KubectlAsync("apply -f -", """
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata: {name: keda-alerts, namespace: keda-system}
            spec: {groups: []}
            """);

        var part = await world.ScriptAsync(Rollback, "--namespace", "artemis-mesh");
        part.Ended(0);
        Assert.Contains("monitoring is kept: KEDA goes on in the other namespaces", part.Text, StringComparison.Ordinal);
        Assert.Contains(world.Objects(), o => o.Contains("keda-alerts", StringComparison.Ordinal));
        Assert.All(new[] { "sophia-ai-services", "sophia-ai-prometheus-scaler" }, name => Assert.Null(world.Target(name).Paused));

        (await world.ScriptAsync(Rollback)).Ended(0);
        Assert.DoesNotContain(world.Objects(), o => o.Contains("keda-alerts", StringComparison.Ordinal));
        (await world.ScriptAsync(Rollback)).Ended(0);

        var backup = Assert.Single(Directory.GetDirectories(world.Terminal.PathOf(""), "keda-rollback*"));
        // It is of before the first run.
        Assert.DoesNotContain("rollback.sophia-intel.ai/at", File.ReadAllText(Path.Combine(backup, "scaledobjects.yaml")), StringComparison.Ordinal);
        Assert.Equal(1, world.MostHpasEver());
        (await world.ScriptAsync(Rollback, "--restore", backup)).Ended(0);
        Assert.Contains(world.Objects(), o => o.Contains("keda-alerts", StringComparison.Ordinal));
    }

    [FactWithProgram("kubectl")]
    public async Task A_Rollouts_fallback_keeps_what_runs_and_a_long_name_is_cut_as_the_reactor_cuts_it()
    {
        const string Long = "an-artemis-scaler-whose-name-goes-on-and-on--and-is-cut";
        await using var world = await ScriptCluster.StartAsync();
        await world.KubectlAsync("apply -f -", $$$"""
            apiVersion: argoproj.io/v1alpha1
            kind: Rollout
            metadata: {name: canaried, namespace: sophia-mesh}
            spec:
              replicas: 17
              selector: {matchLabels: {app: canaried}}
              template:
                metadata: {labels: {app: canaried}}
                spec: {containers: [{name: app, image: x, resources: {requests: {cpu: 100m} } }]}
            ---
            apiVersion: keda.sh/v1alpha1
            kind: ScaledObject
            metadata: {name: {{{Long}}}, namespace: sophia-mesh}
            spec:
              scaleTargetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: canaried}
              minReplicaCount: 2
              maxReplicaCount: 40
              advanced: {horizontalPodAutoscalerConfig: {name: keda-hpa-of-the-long-one} }
              triggers:
                - {type: redis, metadata: {address: "redis:6379", listName: more, listLength: "5"} }
            """);
        world.Fault(faults => faults.SetDemand("sophia-mesh", Long, 17));
        Assert.True(SpinWait.SpinUntil(() => world.Target(Long) is { Hpas.Length: 1, Replicas: 17 }, TimeSpan.FromSeconds(20)));

        (await world.ScriptAsync(Rollback, "--namespace", "sophia-mesh", "--replicas", "2", "--backup-dir", "backup")).Ended(0);

        var hpa = Assert.Single(world.Target(Long).Hpas);
        Assert.Equal((FallbackName.For(Long), 17), (hpa.Name, hpa.Min));
    }
}
