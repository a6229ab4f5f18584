namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

/// <summary>A laptop that sleeps, a connection that is lost: migrate.sh killed in the middle, and run again.</summary>
public sealed class BrokenOffTests
{
    private const string Migrate = "migrate.sh";

    [FactWithProgram("kubectl")]
    public async Task A_way_back_that_is_broken_off_counts_as_not_done_and_can_be_ended_in_either_direction()
    {
        await using var world = await HpaWorld.WithHpasAsync();
        string[] usual = ["--manifests", world.Terminal.PathOf("scalers"), "--soak", "1", "--timeout", "30"];
        (await world.ScriptAsync(Migrate, usual)).Ended(0);

        // Killed when w3 is paused and its HPA gone.
        world.Terminal.BeforeKubectl("""case "$*" in *"delete scaledobjects.keda.sh"*w3-scaler*) kill -KILL 0 ;; esac""");
        var broken = await world.KillableScriptAsync(Migrate, "--back");
        broken.Ended(128 + 9);
        Assert.Equal(("true", "true"), (world.Target("w3-scaler").Paused, world.Target("w3-scaler").Annotations["migrate.sophia-intel.ai/back"]));
        world.Terminal.BeforeKubectl("");
        Assert.Contains("2 of 4 steps done", (await world.ScriptAsync(Migrate, "--status")).Text, StringComparison.Ordinal);

        var forward = await world.ScriptAsync(Migrate, usual);
        forward.Ended(0);
        Assert.Equal(["keda w1-cpu", "keda w2-cpu", "keda w3-cpu", "keda w4-cpu"], HpaWorld.Four.Select(i => HpaWorld.Autoscaler(world, i)));
        Assert.DoesNotContain("migrate.sophia-intel.ai/back", world.Target("w3-scaler").Annotations.Keys);

        world.Terminal.BeforeKubectl("""case "$*" in *"apply --server-side --force-conflicts"*w4-scaler*) kill -KILL 0 ;; esac""");
        (await world.KillableScriptAsync(Migrate, "--back")).Ended(128 + 9);
        world.Terminal.BeforeKubectl("");

        (await world.ScriptAsync(Migrate, "--back")).Ended(0);
        Assert.Equal(["hpa w1-cpu", "hpa w2-cpu", "hpa w3-cpu", "hpa w4-cpu"], HpaWorld.Four.Select(i => HpaWorld.Autoscaler(world, i)));
        Assert.Equal(1, world.MostHpasEver());
    }

    [FactWithProgram("kubectl")]
    public async Task The_gate_does_not_take_KEDAs_own_fallback_or_a_pause_for_scaling()
    {
        await using var world = await HpaWorld.WithHpasAsync(workloads: 1);
        string[] usual = ["--manifests", world.Terminal.PathOf("scalers"), "--soak", "10", "--timeout", "15"];

        world.Rewrite(HpaWorld.Manifests(workloads: 1, away: "w1", also: "  fallback: {failureThreshold: 1, replicas: 3}"));
        var fallback = await world.ScriptAsync(Migrate, usual);
        fallback.Ended(1);
        Assert.True(fallback.Text.Contains("FAIL  sophia-mesh/w1-scaler: its source does not answer, KEDA holds it at spec.fallback", StringComparison.Ordinal), fallback.Text);

        world.Rewrite(HpaWorld.Manifests(workloads: 1, annotations: """{autoscaling.keda.sh/paused: "true"}"""));
        var paused = await world.ScriptAsync(Migrate, [.. usual[..^1], "3"]);
        paused.Ended(1);
        Assert.Contains("FAIL  sophia-mesh/w1-scaler: it is paused", paused.Text, StringComparison.Ordinal);
        Assert.Equal("hpa w1-cpu", HpaWorld.Autoscaler(world, 1));
    }

    /// <summary>Its finalizer would keep each workload without any autoscaler for as long as somebody waits.</summary>
    [FactWithProgram("kubectl")]
    public async Task The_way_back_does_not_wait_for_a_dead_operator()
    {
        await using var world = await HpaWorld.WithHpasAsync(workloads: 2);
        (await world.ScriptAsync(Migrate, "--manifests", world.Terminal.PathOf("scalers"), "--soak", "1", "--timeout", "30")).Ended(0);
        world.Fault(faults => faults.SetOperator(Sandbox.Keda.OperatorState.Dead));
        var began = TimeProvider.System.GetTimestamp();

        var back = await world.ScriptAsync(Migrate, "--back", "--timeout", "300");

        back.Ended(1);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(100));
        Assert.Equal(["hpa w1-cpu", "hpa w2-cpu"], HpaWorld.Four.Take(2).Select(i => HpaWorld.Autoscaler(world, i)));
        Assert.Contains("FAIL  sophia-mesh/w1-scaler is not gone: its finalizer needs KEDA's operator", back.Text, StringComparison.Ordinal);

        world.Fault(faults => faults.SetOperator(Sandbox.Keda.OperatorState.Alive));
        (await world.ScriptAsync(Migrate, "--back")).Ended(0);
        Assert.Equal(["hpa w1-cpu", "hpa w2-cpu"], HpaWorld.Four.Take(2).Select(i => HpaWorld.Autoscaler(world, i)));
        Assert.DoesNotContain(world.Objects(), o => o.Contains("w1-scaler", StringComparison.Ordinal) && o.StartsWith("scaledobjects", StringComparison.Ordinal));
        Assert.Equal(1, world.MostHpasEver());
    }

    [FactWithProgram("kubectl")]
    public async Task What_the_reactor_has_on_its_fallback_is_not_taken_back_beside_it()
    {
        await using var world = await HpaWorld.WithHpasAsync(workloads: 2);
        (await world.ScriptAsync(Migrate, "--manifests", world.Terminal.PathOf("scalers"), "--soak", "1", "--timeout", "30")).Ended(0);
        await world.KubectlAsync("annotate scaledobjects.keda.sh -n sophia-mesh w2-scaler reactor.sophia-intel.ai/incident=i-1 autoscaling.keda.sh/paused=true");

        var back = await world.ScriptAsync(Migrate, "--back");

        back.Ended(1);
        Assert.Contains("FAIL  sophia-mesh/w2-scaler is with the reactor, incident i-1", back.Text, StringComparison.Ordinal);
        Assert.Equal("true", world.Target("w2-scaler").Paused);
        Assert.Equal("hpa w1-cpu", HpaWorld.Autoscaler(world, 1));
    }
}
