using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>idleReplicaCount: 0 replicas while no trigger is active, never between 0 and minReplicaCount.</summary>
public sealed class IdleFacts
{
    private readonly World _world = new(min: 3, demand: 3);

    [Fact]
    public void Without_an_active_trigger_the_operator_goes_below_the_min_to_0_after_the_cooldown()
    {
        Idle();
        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 0);
        _world.Wait(20);
        Assert.Equal(3, _world.Replicas);
        _world.Wait(20);
        Assert.Equal(0, _world.Replicas);
        Assert.NotEmpty(_world.Events("KEDAScaleTargetDeactivated"));
        _world.Wait(30);
        Assert.Equal(0, _world.Replicas);
        Assert.Equal("ScalingDisabled", _world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
        Assert.Equal("True", _world.Condition("Ready"));
        Assert.Equal("False", _world.Condition("Active"));
    }

    [Fact]
    public void With_one_it_goes_from_0_to_the_min_at_once()
    {
        Idle();
        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 0);
        _world.Wait(60);
        Assert.Equal(0, _world.Replicas);
        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 1);
        _world.Wait(5.1);
        Assert.Equal(3, _world.Replicas);
        Assert.NotEmpty(_world.Events("KEDAScaleTargetActivated"));
    }

    [Fact]
    public void Paused_at_idle_it_stays_at_0()
    {
        Idle();
        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 0);
        _world.Wait(60);
        _world.Pause();
        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 5);
        _world.Wait(60);
        Assert.Equal(0, _world.Replicas);
    }

    [Fact]
    public void An_idle_count_that_is_not_below_the_min_is_refused()
    {
        var refused = _world.Merge(_world.ScaledObjectPath, """{"spec":{"idleReplicaCount":3}}""");
        Assert.Equal(403, refused.Status);
        Assert.EndsWith("IdleReplicaCount=3 must be less than MinReplicaCount=3", refused.Document().Text("message"), StringComparison.Ordinal);
    }

    private void Idle()
    {
        Assert.Equal(200, _world.Merge(_world.ScaledObjectPath, """{"spec":{"idleReplicaCount":0}}""").Status);
        _world.Wait(20);
    }
}
