using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Simulation.Tests;

public sealed class OperatorDownSimulation
{
    private static void Story(SimWorld world)
    {
        world.Pass(TimeSpan.FromMinutes(1));
        world.Faults.SetOperator(OperatorState.Dead);
        world.Pass(TimeSpan.FromMinutes(5));
        world.Faults.SetOperator(OperatorState.Alive);
        world.PassUntil(() => world.Panel.Incidents.IsEmpty, TimeSpan.FromHours(2), "the incident is closed");
        world.Pass(TimeSpan.FromMinutes(2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_dead_operator_is_survived_and_everything_is_given_back(ulong seed)
    {
        using var world = new SimWorld(seed, moreTargets: 6);
        Story(world);
        Assert.Single(world.Facts().Closed);
        world.AssertAllInvariants();
    }
}
