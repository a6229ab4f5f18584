namespace Sophia.Keda.Reactor.Core.Tests.Causes;

public sealed class BlastRadiusTests
{
    [Theory]
    [InlineData(1, 50, 1)]
    [InlineData(2, 50, 1)]
    [InlineData(5, 50, 2)]
    [InlineData(8, 50, 4)]
    [InlineData(8, 10, 1)] // never less than one
    [InlineData(8, 100, 8)]
    public void Target_scope_causes_trip_their_share_at_most(int all, int percent, int expected)
    {
        var world = new World([.. Enumerable.Range(0, all).Select(i => $"t{i}")]);
        world.Policy = world.Policy with { BlastRadiusPercent = percent };
        world.Run();
        world.Hear([.. Enumerable.Range(0, all).Select(i => Given.Alert(world, Cause.Oscillation, $"t{i}", fingerprint: $"f{i}"))]);
        Assert.Equal(expected, world.Panel.Targets.Count);
        var alone = world.TheIncident.Members.Values.Where(m => m.State == MemberState.LeftAlone).ToList();
        Assert.Equal(all - expected, alone.Count);
        Assert.All(alone, m => Assert.Equal(Reason.TargetLeftAloneBlastRadius, m.Reason));
        if (alone.Count > 0)
            Assert.Contains("a human must decide", world.Pages[0].Happened);
    }

    [Fact]
    public void The_most_critical_are_served_first()
    {
        var world = new World("a", "b");
        world.Add("critical", max: 90);
        world.Run();
        world.Hear([.. world.Targets.Keys.Select(t => Given.Alert(world, Cause.Oscillation, t.Name, fingerprint: t.Name))]);
        Assert.Equal([World.Id("critical")], world.Panel.Targets.Keys);
    }

    [Fact]
    public void One_left_alone_later_is_paged_too()
    {
        var world = new World("a", "b");
        world.Run();
        world.Hear(Given.Alert(world, Cause.Oscillation, "a", fingerprint: "fa"));
        var before = world.Pages.Count;
        world.Hear(Given.Alert(world, Cause.Oscillation, "b", fingerprint: "fb"));
        var page = world.Pages.Skip(before).First();
        Assert.Equal(PageKind.Update, page.Kind);
        Assert.Contains("sophia-mesh/b", page.Happened);
        Assert.Contains("blast_radius_percent", page.Happened);
    }

    [Fact]
    public void A_human_and_a_cluster_scope_cause_have_no_such_limit()
    {
        var world = new World("a", "b", "c");
        world.Run();
        world.Hear(Given.Trip(world, null));
        Assert.Equal(3, world.Panel.Targets.Count);
    }
}
