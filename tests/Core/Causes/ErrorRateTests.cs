namespace Sophia.Keda.Reactor.Core.Tests.Causes;

public sealed class ErrorRateTests
{
    private static World Failing(int failing, int all)
    {
        var world = new World([.. Enumerable.Range(0, all).Select(i => $"t{i:00}")]);
        world.Run();
        for (var i = 0; i < failing; i++)
            world.Sourceless.Add($"t{i:00}");
        world.Pass(TimeSpan.FromSeconds(150));
        return world;
    }

    [Theory]
    [InlineData(1, 3, Cause.ScalerErrors)] // 33 %, but one is no reason to trip a cluster
    [InlineData(2, 4, Cause.ScalerErrors)]
    [InlineData(3, 10, Cause.ScalerErrors)] // 30 % is the limit and not over it
    [InlineData(3, 9, Cause.ErrorRate)]
    [InlineData(4, 10, Cause.ErrorRate)]
    [InlineData(3, 3, Cause.ErrorRate)]
    public void More_than_30_percent_and_at_least_three_trip_the_cluster(int failing, int all, Cause expected)
    {
        var world = Failing(failing, all);
        Assert.Equal(expected, world.TheIncident.Cause);
        var moved = world.TheIncident.Members.Values.Count(m => m.State == MemberState.Protected);
        Assert.Equal(expected == Cause.ErrorRate ? all : Math.Min(failing, Math.Max(1, all / 2)), moved);
    }

    [Fact]
    public void Targets_that_tripped_one_by_one_count_towards_the_rate()
    {
        var world = Failing(1, 8);
        Assert.Equal(Cause.ScalerErrors, world.TheIncident.Cause);
        world.Policy = world.Policy with { CooldownPeriod = TimeSpan.FromMinutes(5) }; // the first is still on its fallback when the others fail
        world.Sourceless.Add("t01");
        world.Sourceless.Add("t02");
        world.Pass(TimeSpan.FromSeconds(150));
        Assert.Contains(world.Panel.Incidents.Values, i => i.Cause == Cause.ErrorRate);
    }

    [Fact]
    public void A_run_between_two_probes_neither_ends_nor_renews_it()
    {
        var world = new World("a", "b", "c") { Policy = new Policy { Cluster = "test", ObserveOnly = true } };
        world.Run();
        foreach (var name in new[] { "a", "b", "c" })
            world.Sourceless.Add(name);
        world.Pass(TimeSpan.FromSeconds(150));
        world.Skip(TimeSpan.FromSeconds(5));
        world.Run();
        Assert.True(Assert.Single(world.TheIncident.Evidence.Values).Standing);
    }
}
