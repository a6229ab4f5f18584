namespace Sophia.Keda.Reactor.Simulation.Tests;

public sealed class FaultSimulation
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_dead_operator_is_survived_and_everything_is_given_back(ulong seed) => Plays(Stories.OperatorDown, seed, moreTargets: 6);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_oscillating_target_is_calmed_and_given_back(ulong seed) => Plays(Stories.Oscillation, seed, moreTargets: 2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_dead_metrics_server_is_survived_and_everything_is_given_back(ulong seed) => Plays(Stories.MetricsServerDown, seed, moreTargets: 2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_target_whose_trigger_source_fails_is_moved_and_given_back(ulong seed) => Plays(Stories.TriggerSourceDown, seed, moreTargets: 2);

    private static void Plays(Action<SimWorld> story, ulong seed, int moreTargets)
    {
        using var world = new SimWorld(seed, moreTargets);
        story(world);
        Assert.Single(world.Facts().Closed);
        world.AssertAllInvariants();
    }
}
