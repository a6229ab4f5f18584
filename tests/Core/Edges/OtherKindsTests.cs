namespace Sophia.Keda.Reactor.Core.Tests.Edges;

/// <summary>Workloads that are neither Deployment nor StatefulSet: they are not listed, and their count is asked for when they are tripped.</summary>
public sealed class OtherKindsTests
{
    private static readonly WorkloadRef Rollout = new("argoproj.io/v1alpha1", "Rollout", "a");

    private readonly World _world = new("a", "b");

    private void Make(ReplicaSource source, int desired = 0) => _world.Change("a", v => v with
    {
        Workload = Rollout, Replicas = new WorkloadView { Desired = desired, Available = desired, Source = source },
    });

    private DecisionInput Input(params Signal[] signals)
    {
        _world.Run();
        var seen = _world.Decisions[^1].Input;
        return seen with { Panel = _world.Panel, Signals = signals };
    }

    [Theory]
    [InlineData(ReplicaSource.Hpa, true)]
    [InlineData(ReplicaSource.Nobody, true)]
    [InlineData(ReplicaSource.Scale, false)]
    [InlineData(ReplicaSource.Workload, false)]
    public void Its_count_is_asked_for_in_the_moment_of_its_trip(ReplicaSource source, bool asked)
    {
        Make(source, 4);
        var input = Input(Given.Trip(_world, null));
        var decision = Decide.Run(input);
        Assert.Equal(asked ? new[] { World.Id("a") } : [], Uncounted.Of(input.Panel, decision.Panel, input.Observation!).AsEnumerable());
        Assert.True(Uncounted.Of(decision.Panel, decision.Panel, input.Observation!).IsEmpty);
    }

    [Fact]
    public void At_0_by_its_scale_it_is_raised_once_and_an_HPA_that_has_not_synced_is_no_0()
    {
        Make(ReplicaSource.Scale);
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        Make(ReplicaSource.Nobody);
        _world.Pass(1);
        Assert.Single(_world.Written.OfType<ScaleWorkload>());
    }

    [Fact]
    public void Raised_in_vain_its_HPA_says_so_and_it_is_raised_again()
    {
        Make(ReplicaSource.Scale);
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        Make(ReplicaSource.Hpa);
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(2, _world.Written.OfType<ScaleWorkload>().Count());
    }

    /// <summary>Nothing of a kind that is not listed says who set its count.</summary>
    [Fact]
    public void Scaled_to_another_count_than_at_its_trip_it_may_be_a_humans_and_is_left_there()
    {
        Make(ReplicaSource.Scale, 4);
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        Make(ReplicaSource.Hpa);
        _world.Pass(5);
        Assert.Empty(_world.Written.OfType<ScaleWorkload>());
    }

    [Fact]
    public void Its_breaker_shows_no_count_that_nobody_said()
    {
        Make(ReplicaSource.Nobody);
        _world.Run();
        var seen = _world.Decisions[^1].Input.Observation!;
        Assert.Null(Breakers.One(_world.Panel, seen, _world.Policy, World.Id("a"))!.Replicas);
        Assert.Equal(4, Breakers.One(_world.Panel, seen, _world.Policy, World.Id("b"))!.Replicas);
    }
}
