using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Simulation.Tests.Edges;

/// <summary>Orders by hand in a cluster that behaves as the real ones did.</summary>
public sealed class OrderEdges
{
    private const string Fallback = Hands.Name + "-fallback";

    [Fact]
    public void More_replicas_by_an_order_and_by_a_hand_on_the_fallback_are_kept_until_the_incident_ends()
    {
        using var world = new SimWorld(41);
        world.AddTarget(max: 14);
        world.OperatorDies();
        Assert.Equal(10, Min(world));

        world.Hear(Orders.Trip(world, Hands.Space, Hands.Name) with { Min = 12 });
        Assert.Equal((12, 12), (Min(world), world.Edge().Replicas));

        ByHand(world, 13);
        world.Pass(TimeSpan.FromMinutes(15)); // beyond the floor
        Assert.Equal(13, Min(world));
        Assert.Equal("field manager kubectl-edit", world.Panel.Targets[new TargetId(Hands.Space, Hands.Name)].Memory.Raised!.By);

        ByHand(world, 3);
        world.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(13, Min(world));
        world.Heal();
        Assert.DoesNotContain(Fallback, world.HpasNow());
        world.AssertAllInvariants();
    }

    [Fact]
    public void Two_orders_on_one_target_each_end_by_themselves_and_neither_touches_what_the_other_alone_named()
    {
        using var world = new SimWorld(42);
        world.AddTarget();
        var other = world.Cluster.Snapshot().Targets.First(t => t.Name != Hands.Name && t.Hpas.Length == 1);
        world.Hear(Orders.Trip(world, Hands.Space, Hands.Name) with { Duration = TimeSpan.FromMinutes(10) });
        world.Hear(Orders.Trip(world, Hands.Space, Hands.Name));
        world.Hear(Orders.Trip(world, other.Namespace, other.Name) with { Duration = TimeSpan.FromMinutes(10) });
        world.Pass(TimeSpan.FromMinutes(40));
        Assert.Equal([Fallback], world.HpasNow());
        Assert.All(world.Cluster.Target(other.Namespace, other.Name)!.Hpas, hpa => Assert.True(hpa.HasKedaLabel));
        world.Hear(Orders.Reset(world));
        world.Heal();
        world.AssertAllInvariants();
    }

    private static int Min(SimWorld world) => Assert.Single(world.Edge().Hpas).Min;

    private static void ByHand(SimWorld world, int min) =>
        world.Call("PATCH", $"{Hands.Hpas}/{Fallback}?fieldManager=kubectl-edit", $$$"""{"spec":{"minReplicas":{{{min}}}}}""");
}
