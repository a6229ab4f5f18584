namespace Sophia.Keda.Reactor.Core.Tests.Recovering;

/// <summary>Trouble of single targets: only what was given back can have failed.</summary>
public sealed class ReopeningOfTargetsTests
{
    private readonly World _world = new("a", "b", "c", "d");

    public ReopeningOfTargetsTests()
    {
        _world.Run();
        Oscillates("a");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
    }

    private void Oscillates(string target)
    {
        _world.GoBackAndForth(target, 4);
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }

    [Fact]
    public void The_same_target_reopens_it()
    {
        Oscillates("a");
        Assert.Equal(_world.Closed.Single().Id, _world.TheIncident.Id);
    }

    [Fact]
    public void Another_target_is_another_incident()
    {
        Oscillates("b");
        Assert.NotEqual(_world.Closed.Single().Id, _world.TheIncident.Id);
        Assert.Equal(["b"], _world.TheIncident.Members.Keys.Select(id => id.Name));
    }
}
