namespace Sophia.Keda.Reactor.Core.Tests.Trips;

public sealed class ReplicaCapTests
{
    [Fact]
    public void One_incident_adds_no_more_than_its_cap_and_the_most_critical_are_served_first()
    {
        var world = new World();
        world.Add("a-small", min: 1, max: 12, replicas: 2);
        world.Add("b-middle", min: 1, max: 50, replicas: 2);
        world.Add("z-critical", min: 1, max: 100, replicas: 2);
        world.Policy = world.Policy with { MaxAddedReplicas = 12 };
        world.Run();
        world.Hear(Given.Trip(world, null));
        Assert.Equal(10, world["z-critical"].FallbackHpa!.Min);
        Assert.Equal(6, world["b-middle"].FallbackHpa!.Min);
        Assert.Equal(2, world["a-small"].FallbackHpa!.Min);
        Assert.Contains(world.Audit, a => a is { Reason: Reason.ReplicaCapReached, Target.Name: "a-small" });
        Assert.Contains("starts with 2 instead of 10", world.Audit.Single(a => a is { Reason: Reason.ReplicaCapReached, Target.Name: "a-small" }).Text);
    }

    [Theory]
    [InlineData(200, 1000)]
    [InlineData(0, 50)]
    [InlineData(37, 20)]
    public void The_sum_of_what_is_added_stays_within_the_cap(int cap, int targets)
    {
        var world = new World();
        for (var i = 0; i < targets; i++)
            world.Add($"t{i}", min: i % 3, max: 5 + (i % 40), replicas: i % 9);
        var before = world.Targets.Values.Sum(v => v.Replicas!.Desired);
        world.Policy = world.Policy with { MaxAddedReplicas = cap };
        world.Run();
        world.Hear(Given.Trip(world, null));

        // An HPA has at least one replica and at least the ScaledObject's min: those few are not the reactor's addition.
        var least = world.Targets.Values.Sum(v => Math.Max(0, Math.Max(1, v.Min) - (int.Parse(v.Id.Name[1..]) % 9)));
        var added = world.Targets.Values.Sum(v => v.Replicas!.Desired) - before;
        Assert.InRange(added, 0, cap + least);
    }

    [Fact]
    public void What_was_there_before_the_trouble_is_not_an_addition()
    {
        // KEDA's own fallback has cut 15 to 2; the floor brings 15 back although nothing may be added.
        var world = new World("a", "b");
        world.Change("a", v => v with { Replicas = v.Replicas! with { Desired = 15, Available = 15 } });
        world.Policy = world.Policy with { MaxAddedReplicas = 0 };
        world.Run();
        world.Sourceless.Add("a");
        world.Pass(1);
        world.Change("a", v => v with { Replicas = v.Replicas! with { Desired = 2, Available = 2 } });
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal(15, world["a"].FallbackHpa!.Min);
        world.Sourceless.Clear();
        world.Hear(Given.OnIncident(world, world.TheIncident.Id, IncidentOrderKind.Hold));
        world.Pass(11);
        Assert.Equal(10, world["a"].FallbackHpa!.Min);
    }
}
