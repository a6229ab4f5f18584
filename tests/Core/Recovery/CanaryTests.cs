namespace Sophia.Keda.Reactor.Core.Tests.Recovering;

public sealed class CanaryTests
{
    private static TargetId CanaryOf(World world)
    {
        world.Run();
        world.Hear(Given.Trip(world, null));
        world.Hear(Given.Reset(world, null, ResetMode.Gradual));
        world.PassUntil(() => world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        return Assert.Single(world.TheIncident.Recovery.Batch);
    }

    private static World Three()
    {
        var world = new World();
        world.Add("a", max: 50);
        world.Add("b", max: 10);
        world.Add("c", max: 30);
        return world;
    }

    [Fact]
    public void It_is_the_least_critical() => Assert.Equal("b", CanaryOf(Three()).Name);

    [Fact]
    public void An_annotation_chooses_it()
    {
        var world = Three();
        world.Annotate("a", Annotations.Canary, "true");
        Assert.Equal("a", CanaryOf(world).Name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_that_is_moving_now_never_is_when_another_stands_still(bool annotated)
    {
        var world = Three();
        if (annotated)
            world.Annotate("b", Annotations.Canary, "true");
        world.Run();
        world.Hear(Given.Trip(world, null));
        world.Change("b", v => v with { Replicas = v.Replicas! with { Available = 1 } });
        world.Hear(Given.Reset(world, null, ResetMode.Gradual));
        world.PassUntil(() => world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        Assert.Equal("c", world.TheIncident.Recovery.Batch.Single().Name);
    }

    [Fact]
    public void While_every_target_is_moving_there_is_none_and_after_ten_minutes_a_human_is_asked()
    {
        var world = Three();
        world.Run();
        world.Hear(Given.Trip(world, null));
        foreach (var name in new[] { "a", "b", "c" })
            world.Change(name, v => v with { Replicas = v.Replicas! with { Available = 1 } });
        world.Hear(Given.Reset(world, null, ResetMode.Gradual));
        world.Pass(10);
        Assert.Equal((Stage.Verify, null), (world.TheIncident.Recovery.Stage, world.TheIncident.Hold));
        Assert.Contains("stands still", NextStep.Of(world.Panel, world.TheIncident, world.Policy, world.Now).Words);
        world.Pass(3);
        Assert.Equal(Reason.HeldInconclusive, world.TheIncident.Hold?.Reason);
        Assert.DoesNotContain(world.Audit, a => a.Reason == Reason.CanaryStarted);
    }

    [Fact]
    public void When_one_of_them_comes_to_rest_in_time_it_is_the_canary()
    {
        var world = Three();
        world.Run();
        world.Hear(Given.Trip(world, null));
        foreach (var name in new[] { "a", "b", "c" })
            world.Change(name, v => v with { Replicas = v.Replicas! with { Available = 1 } });
        world.Hear(Given.Reset(world, null, ResetMode.Gradual));
        world.Pass(6);
        world.Change("a", v => v with { Replicas = v.Replicas! with { Available = v.Replicas.Desired } });
        world.Pass(1);
        Assert.Equal((Stage.Canary, "a"), (world.TheIncident.Recovery.Stage, world.TheIncident.Recovery.Batch.Single().Name));
        Assert.Null(world.TheIncident.Recovery.InconclusiveSince);
    }

    [Fact]
    public void One_that_another_incident_holds_is_not_a_test()
    {
        var world = Three();
        world.Add("d", max: 60);
        world.Run();
        world.Hear(Given.Alert(world, Cause.Oscillation, "b"));
        world.OperatorAlive = false;
        world.PassUntil(() => world.Panel.OpenIncident(Cause.OperatorUnhealthy) is not null, "a trip");
        world.OperatorAlive = true;
        world.PassUntil(() => world.Panel.OpenIncident(Cause.OperatorUnhealthy)!.Recovery.Stage == Stage.Canary, "a canary");
        Assert.Equal("c", world.Panel.OpenIncident(Cause.OperatorUnhealthy)!.Recovery.Batch.Single().Name);
    }

    [Fact]
    public void A_policy_without_test_single_scaler_begins_with_the_first_wave()
    {
        var world = Three();
        world.Policy = world.Policy with { OnRecovery = world.Policy.OnRecovery.Remove(RecoveryAction.TestSingleScaler) };
        world.Run();
        world.Hear(Given.Trip(world, null));
        world.Hear(Given.Reset(world, null, ResetMode.Gradual));
        world.PassUntil(() => world.TheIncident.Recovery.Stage == Stage.Wave, "a wave");
        Assert.Single(world.TheIncident.Recovery.Batch);
    }

    [Fact]
    public void A_policy_without_gradual_reenable_gives_the_rest_back_in_one_wave()
    {
        var world = new World([.. Enumerable.Range(0, 9).Select(i => $"t{i}")]);
        world.Policy = world.Policy with { OnRecovery = world.Policy.OnRecovery.Remove(RecoveryAction.GradualReenable) };
        CanaryOf(world);
        world.PassUntil(() => world.TheIncident.Recovery.Stage == Stage.Wave, "a wave");
        Assert.Equal(8, world.TheIncident.Recovery.Batch.Length);
        Assert.Contains("Wave 100 %", world.Pages[^1].Title);
    }

    public static TheoryData<int, int[]> Shares => new()
    {
        { 1, [1] }, { 2, [1, 2] }, { 3, [1, 2, 3] }, { 4, [1, 2, 3, 4] }, { 5, [1, 2, 3, 4, 5] }, { 8, [1, 2, 4, 6, 8] }, { 10, [1, 3, 5, 8, 10] }, { 100, [1, 25, 50, 75, 100] },
    };

    [Theory]
    [MemberData(nameof(Shares))]
    public void Waves_are_cumulative_shares_with_the_canary_counted_and_empty_ones_skipped(int targets, int[] expected)
    {
        var back = 1;
        var steps = new List<int> { back };
        for (var from = 0; Waves.Next(targets, back, new Policy().Waves, from) is { } next; from = next.Wave + 1)
            steps.Add(back += next.Count);
        Assert.Equal(expected, steps);
    }
}
