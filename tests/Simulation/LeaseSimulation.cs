using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>When one that does not run now runs next: at the end of another's lease, or at once when its holder has ended.</summary>
public sealed class LeaseSimulation
{
    /// <summary>Shorter and longer than the time between two ticks.</summary>
    [Theory]
    [InlineData(12)]
    [InlineData(95)]
    public void Whoever_does_not_get_the_lease_looks_when_it_ends_and_not_at_the_next_tick(int seconds)
    {
        using var world = new SimWorld(seed: 3);
        world.Tick();
        world.Sql($"UPDATE lease SET owner = 'another', token = token + 1, until = {(world.Time.Now + TimeSpan.FromSeconds(seconds)).UtcTicks}");
        var looks = world.Requests.Count;

        world.Tick();
        world.Wait(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(looks, world.Requests.Count);

        world.Wait(TimeSpan.FromSeconds(1));
        Assert.NotEqual(looks, world.Requests.Count);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(9)]
    public void Killed_in_the_middle_of_a_trip_and_started_again_two_seconds_later_it_goes_on_at_once(int write)
    {
        using var world = new SimWorld(seed: 3, moreTargets: 6);
        world.Tick();
        var before = world.Requests.Count(request => request.Method != "GET");
        world.Writing = number =>
        {
            if (number == before + write) world.Interruptions.Kill();
        };
        world.Hear(Orders.TripAll(world));
        Assert.Equal(1, world.Deaths);
        Assert.True(world.OnFallback < world.Protectable);

        world.Wait(TimeSpan.FromSeconds(2));
        world.Tick();

        Assert.Equal(world.Protectable, world.OnFallback);
    }
}
