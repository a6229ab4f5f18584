namespace Sophia.Keda.Reactor.Core.Tests.Trips;

public sealed class FloorTests
{
    private static World Tripped(Func<TargetView, TargetView> change, Func<Policy, Policy>? policy = null)
    {
        var world = new World("a");
        world.Change("a", change);
        world.Policy = policy?.Invoke(world.Policy) ?? world.Policy;
        world.Run();
        world.Hear(Given.Trip(world, "a"));
        return world;
    }

    private static TargetView At(TargetView view, int min, int max, int replicas) => view with
    {
        Min = min, Max = max, Replicas = view.Replicas! with { Desired = replicas, Available = replicas },
        Hpas = [.. view.Hpas.Select(h => h with { DesiredReplicas = replicas, CurrentReplicas = replicas })],
    };

    [Theory]
    [InlineData(2, 20, 4, null, 10, 10)] // the policy's 10
    [InlineData(2, 20, 4, 6, 6, 6)] // its own spec.fallback.replicas wins
    [InlineData(2, 20, 15, null, 15, 10)] // the floor keeps what was there
    [InlineData(2, 20, 15, 6, 15, 6)]
    [InlineData(2, 8, 4, null, 8, 8)] // never over max
    [InlineData(2, 8, 4, 30, 8, 8)]
    [InlineData(5, 20, 6, 1, 6, 5)] // never under min
    [InlineData(0, 20, 4, 0, 4, 1)] // an HPA has at least one
    [InlineData(12, 20, 12, null, 12, 12)]
    [InlineData(2, 10, 25, null, 10, 10)] // more than max ran: the HPA cannot promise more than max
    public void The_fallback_keeps_what_was_there_and_then_what_policy_or_ScaledObject_say(int min, int max, int replicas, int? own, int during, int after)
    {
        var world = Tripped(v => At(v, min, max, replicas) with { OwnFallbackReplicas = own });
        Assert.Equal((during, max), (world["a"].FallbackHpa!.Min, world["a"].FallbackHpa!.Max));
        world.Pass(TimeSpan.FromMinutes(9.5));
        Assert.Equal(during, world["a"].FallbackHpa!.Min);
        world.Pass(1);
        Assert.Equal(after, world["a"].FallbackHpa!.Min);
    }

    [Fact]
    public void The_greatest_count_since_the_first_sign_of_trouble_is_kept()
    {
        var world = new World("a", "b");
        world.Change("a", v => At(v, 2, 20, 14));
        world.Run();
        world.Sourceless.Add("a");
        world.Pass(1);
        world.Change("a", v => At(v, 2, 20, 3)); // KEDA's own fallback has cut it
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal(14, world.Panel.Targets[World.Id("a")].Memory.CachedReplicas);
        Assert.Equal(14, world["a"].FallbackHpa!.Min);
    }

    [Fact]
    public void What_the_HPA_wanted_and_did_not_have_yet_counts()
    {
        var world = Tripped(v => At(v, 2, 20, 4) with { Hpas = [World.KedaHpa("a", 4, World.Start.AddHours(-1)) with { DesiredReplicas = 13 }] });
        Assert.Equal(13, world["a"].FallbackHpa!.Min);
    }

    [Fact]
    public void A_max_that_changes_meanwhile_is_followed()
    {
        var world = Tripped(v => At(v, 2, 20, 4));
        world.Change("a", v => v with { Max = 6, ResourceVersion = "99" });
        world.Run();
        Assert.Equal((6, 6), (world["a"].FallbackHpa!.Min, world["a"].FallbackHpa!.Max));
    }

    [Fact]
    public void A_workload_at_zero_is_raised_right_after_its_HPA_came()
    {
        var world = Tripped(v => At(v, 0, 20, 0));
        Assert.Equal(
            [nameof(AnnotateScaledObject), nameof(DeleteHpa), nameof(ApplyFallbackHpa), nameof(ScaleWorkload)],
            world.Written.Select(w => w.GetType().Name));
        Assert.Equal(1, world.Written.OfType<ScaleWorkload>().Single().Replicas);
    }

    [Fact]
    public void A_cause_with_memory_writes_it_into_the_cluster()
    {
        var world = Tripped(v => At(v, 2, 20, 7));
        var pause = world.Written.OfType<AnnotateScaledObject>().First();
        Assert.Equal("true", pause.Annotations[Annotations.Paused]);
        Assert.Equal(world.TheIncident.Id, pause.Annotations[Annotations.Incident]);
        Assert.Equal(7, pause.Memory!.CachedReplicas);
    }
}
