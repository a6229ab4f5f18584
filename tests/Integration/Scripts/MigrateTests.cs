using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

public sealed class MigrateTests
{
    private const string Migrate = "migrate.sh";

    [FactWithProgram("kubectl")]
    public async Task Batch_after_batch_is_taken_over_and_one_whose_gate_fails_goes_back_alone()
    {
        await using var world = await HpaWorld.WithHpasAsync();
        string[] usual = ["--manifests", world.Terminal.PathOf("scalers"), "--soak", "6", "--timeout", "15"];
        var (objects, writes) = (world.Objects(), world.Writes.Count);

        var dry = await world.ScriptAsync(Migrate, [.. usual, "--dry-run"]);
        dry.Ended(0);
        Assert.Contains("would: create ScaledObject sophia-mesh/w1-scaler on Deployment/w1, which takes over the HPA w1-cpu", dry.Text, StringComparison.Ordinal);
        Assert.Equal((writes, objects.Count), (world.Writes.Count, world.Objects().Count));
        Assert.False(Directory.Exists(world.Terminal.PathOf("keda-migration")));

        // The second batch's source is away.
        File.WriteAllText(world.Terminal.PathOf("scalers/so.yaml"), HpaWorld.Manifests("w2"));
        var broken = await world.ScriptAsync(Migrate, usual);
        broken.Ended(1);
        Assert.Contains("FAIL  sophia-mesh/w2-scaler: ", broken.Text, StringComparison.Ordinal);
        Assert.Contains("back  sophia-mesh/w2-scaler: its HPA w2-cpu scales Deployment/w2 again", broken.Text, StringComparison.Ordinal);
        Assert.Equal(["keda w1-cpu", "hpa w2-cpu", "hpa w3-cpu", "hpa w4-cpu"], HpaWorld.Four.Select(i => HpaWorld.Autoscaler(world, i)));
        Assert.Contains("1 of 4 steps done", (await world.ScriptAsync(Migrate, "--status")).Text, StringComparison.Ordinal);

        // Mended, it goes on where it stopped.
        File.WriteAllText(world.Terminal.PathOf("scalers/so.yaml"), HpaWorld.Manifests());
        var mended = await world.ScriptAsync(Migrate, usual);
        mended.Ended(0);
        Assert.DoesNotContain("Step 1 of 4", mended.Text, StringComparison.Ordinal);
        Assert.Equal(["keda w1-cpu", "keda w2-cpu", "keda w3-cpu", "keda w4-cpu"], HpaWorld.Four.Select(i => HpaWorld.Autoscaler(world, i)));

        // The overlay, which has no such annotation, is applied by another hand: KEDA keeps the HPA.
        await world.KubectlAsync("apply --server-side --field-manager=deploy-keda -f -", HpaWorld.Manifests());
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        Assert.Equal("keda w1-cpu", HpaWorld.Autoscaler(world, 1));

        (await world.ScriptAsync(Migrate, "--back")).Ended(0);
        Assert.Equal(["hpa w1-cpu", "hpa w2-cpu", "hpa w3-cpu", "hpa w4-cpu"], HpaWorld.Four.Select(i => HpaWorld.Autoscaler(world, i)));
        Assert.Equal(1, world.MostHpasEver());
        Assert.Empty(world.WithTwo());
    }

    [FactWithProgram("kubectl")]
    public async Task The_slow_profile_does_one_step_a_run_and_not_before_its_time()
    {
        await using var world = await HpaWorld.WithHpasAsync();
        string[] usual = ["--manifests", world.Terminal.PathOf("scalers"), "--profile", "canary-weeks", "--first", "sophia-mesh/w3-scaler"];

        (await world.ScriptAsync(Migrate, usual)).Ended(0);
        Assert.Equal(["hpa w1-cpu", "hpa w2-cpu", "keda w3-cpu", "hpa w4-cpu"], HpaWorld.Four.Select(i => HpaWorld.Autoscaler(world, i)));

        var early = await world.ScriptAsync(Migrate, usual);
        early.Ended(2);
        Assert.Contains("step 1 is to be watched for 86400 s", early.Text, StringComparison.Ordinal);

        // In the morning it is not well: the gate sends it back.
        world.Fault(faults => faults.SetMetricsServer(up: false));
        world.Pass(TimeSpan.FromSeconds(60));
        var ill = await world.ScriptAsync(Migrate, [.. usual, "--now", "--force"]);
        ill.Ended(1);
        Assert.Equal("hpa w3-cpu", HpaWorld.Autoscaler(world, 3));
        Assert.Equal(1, world.MostHpasEver());
    }

    [FactWithProgram("kubectl")]
    public async Task It_begins_only_when_the_checklist_holds()
    {
        await using var world = await HpaWorld.WithHpasAsync();
        world.Fault(faults => faults.SetOperator(Sandbox.Keda.OperatorState.Dead));
        var writes = world.Writes.Count;

        // It answers, and is no Prometheus.
        world.Terminal.Environment["PROM_URL"] = world.Kubernetes.Address.AbsoluteUri;
        world.Terminal.Program("helm", "echo v3.9.4+gdbc6d8e");

        var said = await world.ScriptAsync(Migrate, "--manifests", world.Terminal.PathOf("scalers"), "--environment", "prod");

        said.Ended(2);
        Assert.Contains("FAIL  KEDA's operator is not up", said.Text, StringComparison.Ordinal);
        Assert.Contains($"FAIL  Prometheus at {world.Kubernetes.Address.AbsoluteUri} does not say that it is ready", said.Text, StringComparison.Ordinal);
        Assert.Contains("FAIL  helm is '3.9.4': 3.10 or newer is needed", said.Text, StringComparison.Ordinal);
        Assert.Contains("Say so: --team-ready", said.Text, StringComparison.Ordinal);
        Assert.Equal(writes, world.Writes.Count);
    }
}
