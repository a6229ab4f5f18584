using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>How long pausing takes over many cycles, and what came once in many.</summary>
public sealed class PausingTimes
{
    [Fact]
    public void Over_twenty_cycles_least_median_and_most_are_as_measured()
    {
        var world = new World();
        var (gone, back) = (new List<double>(), new List<double>());
        for (var cycle = 0; cycle < 20; cycle++)
        {
            world.Pause();
            gone.Add(world.MsUntil(() => !world.Hpas.Any(), 200));
            world.Wait(5);
            world.Unpause();
            back.Add(world.MsUntil(() => world.Hpas.Any(), 200));
            world.Wait(90);
        }

        Assert.InRange(gone.Min(), 17, 24);
        Assert.InRange(Median(gone), 24, 35);
        Assert.InRange(gone.Max(), 36, 49);
        Assert.InRange(back.Min(), 36, 42);
        Assert.InRange(Median(back), 41, 55);
        Assert.InRange(back.Max(), 55, 73);
    }

    [Fact]
    public void Once_in_a_while_paused_comes_back_true_15_s_later_and_stays_56_s_with_no_annotation_and_a_live_hpa()
    {
        var world = new World();
        world.Cluster.Operator.PausedComesBack = 1;
        world.Pause();
        world.Wait(2);
        world.Unpause();
        world.Wait(14.9);
        Assert.Equal("False", world.Condition("Paused"));
        world.Wait(0.3);
        for (var second = 0; second < 55; second++)
        {
            Assert.Equal("True", world.Condition("Paused"));
            Assert.Null(world.Target.Paused);
            Assert.Single(world.Hpas);
            world.Wait(1);
        }

        world.Wait(1.5);
        Assert.Equal("False", world.Condition("Paused"));
        Assert.Equal("True", world.HpaCondition(World.KedaHpa, "ScalingActive").Text("status"));
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
