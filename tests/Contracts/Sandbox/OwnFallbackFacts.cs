using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>spec.fallback.behavior (pkg/fallback/fallback.go at 2.20) and force-activation (pkg/scaling/executor/scale_scaledobjects.go).</summary>
public sealed class OwnFallbackFacts
{
    [Theory]
    [InlineData("static", 7, 4)]
    [InlineData("static", 2, 4)]
    [InlineData("currentReplicas", 7, 7)]
    [InlineData("currentReplicas", 2, 2)]
    [InlineData("currentReplicasIfHigher", 7, 7)]
    [InlineData("currentReplicasIfHigher", 2, 4)]
    [InlineData("currentReplicasIfLower", 7, 4)]
    [InlineData("currentReplicasIfLower", 2, 2)]
    public void Kedas_own_fallback_keeps_to_its_behaviour(string behavior, int runs, int keeps)
    {
        var world = new World(trigger: "prometheus", demand: runs);
        world.Merge(world.ScaledObjectPath, """{"spec":{"fallback":{"behavior":"<B>"}}}""".Replace("<B>", behavior, StringComparison.Ordinal));
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.Prometheus);
        world.Wait(400);
        Assert.Equal("True", world.Condition("Fallback"));
        Assert.Equal(keeps, world.Replicas);
        Assert.Equal("ValidMetricFound", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
    }

    [Theory]
    [InlineData("2.19.0", 422)]
    [InlineData("2.20.0", 403)]
    public void ScalingModifiers_without_a_formula_is_refused_by_the_definition_and_later_by_the_webhook(string version, int status)
    {
        var world = new World(trigger: "prometheus", kedaVersion: version);
        Assert.Equal(status, world.Merge(world.ScaledObjectPath, """{"spec":{"fallback":{"behavior":"scalingModifiers"}}}""").Status);
    }

    [Theory]
    [InlineData("true", 1)]
    [InlineData("yes", 1)] // what is no boolean counts as true
    [InlineData("false", 0)]
    public void Forced_activation_keeps_it_from_0_although_no_trigger_is_active(string value, int keeps)
    {
        var world = new World(min: 0, demand: 0);
        Assert.Equal(0, world.Replicas);
        Assert.Equal(200, world.Annotate(ScaledObjectView.ForceActivationKey, value).Status);
        world.Wait(60);
        Assert.Equal(keeps, world.Replicas);
        Assert.Equal(keeps == 1 ? "True" : "False", world.Condition("Active"));
        Assert.Equal(200, world.Annotate(ScaledObjectView.ForceActivationKey, null).Status);
        world.Wait(60);
        Assert.Equal(0, world.Replicas);
    }
}
