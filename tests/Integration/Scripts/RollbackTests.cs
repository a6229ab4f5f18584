using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

public sealed class RollbackTests
{
    private const string Rollback = "rollback-keda.sh";

    private static readonly string[] Sources = ["artemis-batch-processor", "artemis-redis-scaler", "sophia-ai-prometheus-scaler", "sophia-ai-services"];

    [FactWithProgram("kubectl")]
    public async Task Every_workload_goes_to_one_CPU_HPA_twice_is_as_once_and_restore_brings_KEDA_back()
    {
        await using var world = await ScriptCluster.StartAsync(new SandboxOptions { PrometheusOperator = true });
        await world.KubectlAsync("apply -f -", Rules);
        AddOthers(world);
        var (objects, untouched) = (world.Objects(), Untouched(world));

        var dry = await world.ScriptAsync(Rollback, "--dry-run");
        dry.Ended(0);
        Assert.Contains("would: create HPA sophia-mesh/sophia-ai-services-fallback", dry.Text, StringComparison.Ordinal);
        Assert.Contains("would: kubectl delete prometheusrules", dry.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Writes, write => !write.Contains("prometheusrules", StringComparison.Ordinal));
        Assert.Equal(objects, world.Objects());
        Assert.Empty(Directory.GetDirectories(world.Terminal.PathOf(""), "keda-rollback*"));

        var first = await world.ScriptAsync(Rollback, "--backup-dir", "backup");
        first.Ended(0);
        Assert.All(Sources, name => Assert.Equal([name + "-fallback"], world.Target(name).Hpas.Select(hpa => hpa.Name)));
        Assert.Equal(["true", "true", "true", "true"], Sources.Select(name => world.Target(name).Paused));
        Assert.Equal(untouched, Untouched(world));
        Assert.Equal(1, world.MostHpasEver());
        Assert.Contains("left alone: sophia-mesh/night-report: somebody else paused it", first.Text, StringComparison.Ordinal);
        Assert.Contains("left alone: sophia-mesh/importer: opted out", first.Text, StringComparison.Ordinal);
        Assert.Contains("keda-alerts", File.ReadAllText(world.Terminal.PathOf("backup/monitoring.yaml")), StringComparison.Ordinal);
        Assert.DoesNotContain(world.Objects(), o => o.Contains("keda-alerts", StringComparison.Ordinal));
        Assert.Contains(world.Objects(), o => o.Contains("sophia-keda-reactor-rules", StringComparison.Ordinal));
        var wishes = world.Wishes();

        (await world.ScriptAsync(Rollback, "--backup-dir", "backup")).Ended(0);
        Assert.Equal(wishes, world.Wishes());

        var writes = world.Writes.Count;
        (await world.ScriptAsync(Rollback, "--restore", "backup", "--dry-run")).Ended(0);
        Assert.Equal(writes, world.Writes.Count);

        (await world.ScriptAsync(Rollback, "--restore", "backup")).Ended(0);
        Assert.All(Sources, name => Assert.Equal(["keda-hpa-" + name], world.Target(name).Hpas.Select(hpa => hpa.Name)));
        Assert.All(Sources, name => Assert.DoesNotContain(world.Target(name).Annotations.Keys, key => key.StartsWith("rollback", StringComparison.Ordinal) || key == PauseAnnotations.PausedKey));
        Assert.Equal(untouched, Untouched(world));
        Assert.Contains(world.Objects(), o => o.Contains("keda-alerts", StringComparison.Ordinal));
    }

    [FactWithProgram("kubectl")]
    public async Task With_a_dead_operator_it_works_the_same_and_restore_waits_for_its_return()
    {
        await using var world = await ScriptCluster.StartAsync();
        world.Fault(faults => faults.SetOperator(OperatorState.Dead));

        (await world.ScriptAsync(Rollback, "--backup-dir", "backup", "--preserve-monitoring")).Ended(0);
        Assert.All(Sources, name => Assert.Equal([name + "-fallback"], world.Target(name).Hpas.Select(hpa => hpa.Name)));
        Assert.Equal(1, world.MostHpasEver());

        var refused = await world.ScriptAsync(Rollback, "--restore", "backup");
        refused.Ended(2);
        Assert.Contains("KEDA's operator is not up", refused.Text, StringComparison.Ordinal);

        // Forced, KEDA makes nothing: everything is put back on its fallback, and said.
        var forced = await world.ScriptAsync(Rollback, "--restore", "backup", "--force", "--timeout", "3");
        forced.Ended(1);
        Assert.Contains("it is paused again and keeps its fallback", forced.Text, StringComparison.Ordinal);
        Assert.Equal(["true", "true", "true", "true"], Sources.Select(name => world.Target(name).Paused));
        Assert.Equal(1, world.MostHpasEver());
    }

    [FactWithProgram("kubectl")]
    public async Task What_cannot_use_a_CPU_HPA_is_frozen_and_a_missing_metrics_API_is_said_before()
    {
        await using var world = await ScriptCluster.StartAsync(new SandboxOptions { CpuRequests = false });
        // KEDA scales until it is paused: the load stays as it is, so that what changes is the script's doing.
        foreach (var target in Sources.Select(world.Target))
            world.Fault(faults => faults.SetDemand(target.Namespace, target.Name, target.Replicas));
        var replicas = Sources.Select(name => world.Target(name).Replicas).ToList();
        await world.KubectlAsync("delete apiservice v1beta1.metrics.k8s.io");

        var refused = await world.ScriptAsync(Rollback);
        refused.Ended(2);
        Assert.Contains("FAIL  CPU metrics (metrics.k8s.io) are not served", refused.Text, StringComparison.Ordinal);
        Assert.All(Sources, name => Assert.Null(world.Target(name).Paused));

        (await world.ScriptAsync(Rollback, "--force", "--backup-dir", "backup")).Ended(0);
        Assert.All(Sources, name => Assert.Empty(world.Target(name).Hpas));
        Assert.Equal(replicas, Sources.Select(name => world.Target(name).Replicas));
    }

    /// <summary>One that a person paused, one that opted out.</summary>
    private static void AddOthers(ScriptCluster world)
    {
        foreach (var (name, annotation) in new[] { ("night-report", PauseAnnotations.PausedKey), ("importer", Core.Annotations.OptOut) })
        {
            world.Kubernetes.Change(cluster =>
            {
                SandboxSeed.Add(cluster, new SeedTarget("sophia-mesh", name, name, 1, 6, $$$"""
                    {"scaleTargetRef":{"name":"{{{name}}}"},"minReplicaCount":1,"maxReplicaCount":6,
                     "triggers":[{"type":"cron","metadata":{"timezone":"UTC","start":"0 2 * * *","end":"0 3 * * *","desiredReplicas":"2"}}]}
                    """));
                cluster.Store.Update(cluster.Store.Find(Resources.ScaledObjects, "sophia-mesh", name)!, document =>
                    ((System.Text.Json.Nodes.JsonObject)document["metadata"]!)["annotations"] = new System.Text.Json.Nodes.JsonObject { [annotation] = "true" }, "kubectl-annotate");
                cluster.EndStep();
            });
        }

        // KEDA takes the paused one's HPA away before anybody looks.
        Assert.True(SpinWait.SpinUntil(() => world.Target("night-report").Hpas.IsEmpty && world.Target("importer").Hpas.Length == 1, TimeSpan.FromSeconds(20)));
    }

    private static List<string> Untouched(ScriptCluster world) =>
        [.. world.Wishes().Where(wish => wish.Contains("night-report", StringComparison.Ordinal) || wish.Contains("importer", StringComparison.Ordinal))];

    private const string Rules = """
        apiVersion: monitoring.coreos.com/v1
        kind: PrometheusRule
        metadata: {name: keda-alerts, namespace: keda-system}
        spec: {groups: []}
        ---
        apiVersion: monitoring.coreos.com/v1
        kind: PrometheusRule
        metadata: {name: sophia-keda-reactor-rules, namespace: keda-system}
        spec: {groups: []}
        """;
}
