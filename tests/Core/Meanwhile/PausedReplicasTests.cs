namespace Sophia.Keda.Reactor.Core.Tests.Meanwhile;

/// <summary>A human sets paused-replicas while the target is on its fallback: one keeper of the count, and it is the human.</summary>
public sealed class PausedReplicasTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private TargetId A { get; } = World.Id("a");

    private void Trip()
    {
        _world.Run();
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.NotNull(_world["a"].FallbackHpa);
    }

    private void Replicas(int count) => _world.Change("a", v => v with { Replicas = v.Replicas! with { Desired = count, Available = count } });

    [Fact]
    public void The_fallback_goes_once_an_operator_has_taken_it_and_comes_back_when_it_goes()
    {
        Trip();
        _world.Annotate("a", Annotations.PausedReplicas, "3");
        _world.Pass(5);
        Assert.Empty(_world["a"].Hpas);
        Assert.Equal(3, _world["a"].Replicas!.Desired);
        Assert.Contains(_world.Pages, p => p.Happened.Contains("KEDA holds it at 3 replicas, and the fallback HPA is away until that goes", StringComparison.Ordinal));
        _world.Annotate("a", Annotations.PausedReplicas, null);
        _world.Pass(1);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Theory]
    [InlineData(false, "3")]
    [InlineData(true, "three")]
    public void While_no_operator_takes_it_the_fallback_stays(bool alive, string value)
    {
        Trip();
        _world.OperatorAlive = alive;
        _world.Annotate("a", Annotations.PausedReplicas, value);
        _world.Pass(1);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void A_count_of_an_earlier_pause_is_not_taken_for_this_one()
    {
        Trip();
        _world.OperatorAlive = false;
        _world.Change("a", v => v with { PausedReplicaCount = 7 });
        _world.Annotate("a", Annotations.PausedReplicas, "3");
        _world.Pass(1);
        Assert.NotNull(_world["a"].FallbackHpa);
    }

    [Fact]
    public void What_the_fallback_rescaled_before_it_was_seen_is_set_right_once()
    {
        Trip();
        _world.Annotate("a", Annotations.PausedReplicas, "3");
        _world.Change("a", v => v with { PausedReplicaCount = 3, Hpas = [.. v.Hpas.Select(h => h with { DesiredReplicas = 10 })] });
        Replicas(10);
        _world.Pass(1);
        var scale = Assert.Single(_world.Written.OfType<ScaleWorkload>());
        Assert.Equal(3, scale.Replicas);
        Assert.Empty(_world["a"].Hpas);
        Replicas(6);
        _world.Pass(5);
        Assert.Single(_world.Written.OfType<ScaleWorkload>());
    }

    [Fact]
    public void What_a_human_scaled_it_to_besides_is_left_alone()
    {
        Trip();
        _world.HpasStarve = true; // it goes before its next sync
        _world.Annotate("a", Annotations.PausedReplicas, "3");
        _world.Change("a", v => v with { PausedReplicaCount = 3, Hpas = [.. v.Hpas.Select(h => h with { DesiredReplicas = 10 })] });
        Replicas(6);
        _world.Pass(5);
        Assert.Empty(_world.Written.OfType<ScaleWorkload>());
        Assert.Equal(6, _world["a"].Replicas!.Desired);
    }

    [Fact]
    public void At_the_end_it_waits_for_that_pause_and_then_goes_back()
    {
        Trip();
        _world.Annotate("a", Annotations.PausedReplicas, "3");
        _world.Pass(1);
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false));
        _world.Pass(30);
        Assert.Equal("3", _world["a"].Annotations[Annotations.PausedReplicas]);
        Assert.NotEmpty(_world.Panel.Incidents);
        _world.Annotate("a", Annotations.PausedReplicas, null);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
    }
}
