using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>The condition that KEDA has from 2.20.2 on (#7914), by its source at that tag (checkHPAHealth in its scale executor).</summary>
public sealed class HpaActiveFacts
{
    private const string Release = "2.20.2";

    [Fact]
    public void From_2_20_2_a_failing_HPA_shows_in_HPAActive_with_its_own_reason_and_Ready_stays_True()
    {
        var world = new World(kedaVersion: Release);
        Assert.Equal(("True", "HPAActive"), (world.Condition("HPAActive"), world.Condition("HPAActive", "reason")));
        world.Cluster.Faults.SetMetricsServer(up: false);
        world.Wait(40);
        Assert.Equal(("False", "FailedGetExternalMetric"), (world.Condition("HPAActive"), world.Condition("HPAActive", "reason")));
        Assert.StartsWith("HPA is not actively scaling: ", world.Condition("HPAActive", "message"), StringComparison.Ordinal);
        Assert.Equal("True", world.Condition("Ready"));
        world.Cluster.Faults.SetMetricsServer(up: true);
        world.Wait(40);
        Assert.Equal("True", world.Condition("HPAActive"));
    }

    [Theory]
    [InlineData("2.20.0")]
    [InlineData("2.20.1")]
    public void Before_it_shows_in_Ready_and_there_is_no_such_condition(string version)
    {
        var world = new World(kedaVersion: version);
        world.Cluster.Faults.SetMetricsServer(up: false);
        world.Wait(40);
        Assert.Equal(("HPAMetricsUnavailable", null), (world.Condition("Ready", "reason"), world.Condition("HPAActive")));
    }

    [Fact]
    public void It_is_absent_until_the_HPA_said_something()
    {
        var world = new World(kedaVersion: Release, options: new SandboxOptions());
        world.Call("DELETE", world.ScaledObjectPath);
        world.Wait(5);
        var made = world.Call("POST", $"/apis/keda.sh/v1alpha1/namespaces/{World.Ns}/scaledobjects", $$$"""
            {"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"{{{World.App}}}","namespace":"{{{World.Ns}}}"},
             "spec":{"scaleTargetRef":{"name":"app"},"minReplicaCount":1,"maxReplicaCount":10,"pollingInterval":5,
                     "triggers":[{"type":"redis","metadata":{"address":"127.0.0.1:16379","listName":"jobs","listLength":"5"}}]}}
            """);
        Assert.Equal(201, made.Status);
        world.MsUntil(() => world.Hpas.Any(), 10_000);
        Assert.Null(world.Condition("HPAActive"));
        world.Wait(40);
        Assert.Equal("True", world.Condition("HPAActive"));
    }

    [Fact]
    public void While_paused_it_stays_as_it_was()
    {
        var world = new World(kedaVersion: Release);
        world.Cluster.Faults.SetMetricsServer(up: false);
        world.Wait(40);
        world.Pause();
        world.Cluster.Faults.SetMetricsServer(up: true);
        world.Wait(120);
        Assert.Equal("False", world.Condition("HPAActive"));
        world.Unpause();
        world.Wait(40);
        Assert.Equal("True", world.Condition("HPAActive"));
    }

    [Fact]
    public void At_0_replicas_it_is_True_with_the_reason_ScalingDisabled()
    {
        var world = new World(kedaVersion: Release, min: 0, demand: 0);
        Assert.Equal(0, world.Replicas);
        world.Wait(60);
        Assert.Equal(("True", "ScalingDisabled"), (world.Condition("HPAActive"), world.Condition("HPAActive", "reason")));
    }
}
