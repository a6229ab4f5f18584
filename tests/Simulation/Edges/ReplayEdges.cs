using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Simulation.Tests.Edges;

/// <summary>A manifest of the time of a trip is applied again when that is over, with the real store and its trail.</summary>
public sealed class ReplayEdges
{
    private static readonly string[] Ours = [Annotations.Paused, Annotations.Incident, Annotations.Memory];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_told_and_a_reset_takes_marks_and_pause_away_also_when_the_panel_has_forgotten(bool forgotten)
    {
        using var world = new SimWorld(40);
        world.AddTarget();
        world.OperatorDies();
        var manifest = Ours.ToDictionary(key => key, key => world.Edge().Annotations[key]);
        world.Heal();
        if (forgotten)
            Assert.Equal("1", world.Sql("UPDATE panel SET json = json_remove(json, '$.handedBack'); SELECT changes()"));
        foreach (var (key, value) in manifest)
            world.Annotate(key, value);

        world.Pass(TimeSpan.FromMinutes(5));

        Assert.Empty(world.HpasNow());
        Assert.Empty(world.Panel.Incidents);
        Assert.Single(world.Panel.Replayed);
        Assert.Single(world.Facts().Audit, stored => stored.Record.Reason == Reason.MarksReplayed);
        Assert.DoesNotContain(world.Facts().Audit, stored => stored.Record.Reason is Reason.MarksAdopted or Reason.IncidentRebuilt);

        world.Hear(Orders.Reset(world) with { Selection = new Selection(Scope.Target, Hands.Space, Hands.Name) });
        world.PassUntil(() => world.AtRest, TimeSpan.FromMinutes(5), "marks and pause are gone");

        Assert.Empty(world.Edge().Annotations.Keys.Intersect(Ours));
        Assert.Equal(["keda-hpa-edge"], world.HpasNow());
    }
}
