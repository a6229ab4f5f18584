namespace Sophia.Keda.Reactor.Core.Tests.Operators;

/// <summary>Which of several operators an alert about KEDA's operator means.</summary>
public sealed class AccusedTests
{
    private readonly World _world = new("a1", "b1", "c1");

    public AccusedTests()
    {
        foreach (var name in new[] { "a", "b", "c" })
            _world.Label(name, name + "1");
        _world.Share("a", "b", "c");
        _world.Pass(1);
    }

    private IEnumerable<string> Moved => _world.Panel.Targets.Keys.Select(id => id.Name);

    private AlertSignal Alert(string? ns, string? deployment) => Given.Alert(_world, Cause.OperatorUnhealthy) with { Namespace = ns, Deployment = deployment };

    private void Die(params string[] names)
    {
        foreach (var name in names)
            _world.Shards["keda/" + name].Alive = false;
        _world.Skip(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("keda", "a", "a1")]
    [InlineData(null, "b", "b1")]
    [InlineData("keda", null, "a1 b1")]
    [InlineData(null, null, "a1 b1")]
    [InlineData("monitoring", "kube-state-metrics", "a1 b1")] // labels of the exporter's own pod mean nobody
    public void Its_labels_name_the_operator_and_without_them_it_means_those_that_the_probe_has_something_against(string? ns, string? deployment, string moves)
    {
        Die("a", "b");
        _world.Hear(Alert(ns, deployment));
        Assert.Equal(moves.Split(' '), Moved);
    }

    [Fact]
    public void One_about_an_operator_that_is_well_is_contradicted_by_what_is_seen_of_that_one()
    {
        Die("a");
        _world.Hear(Alert("keda", "b"));
        Assert.Empty(Moved);
        var page = Assert.Single(_world.Pages);
        Assert.Contains("The reactor sees: operator Deployment keda/b has 1 available replica(s), its lease was renewed 02:01:30Z, external metrics API: Available", page.Happened, StringComparison.Ordinal);
    }

    [Fact]
    public void It_resolves_for_the_operator_that_it_was_about()
    {
        Die("a");
        _world.Hear(Alert("keda", "a"));
        Assert.Equal("keda/a", _world.TheIncident.Operator);
        _world.Shards["keda/a"].Alive = true;
        _world.Pass(1);
        _world.Hear(Alert("keda", "a") with { Firing = false, Key = "f2", EndsAt = _world.Now });
        Assert.DoesNotContain(_world.TheIncident.Evidence.Values, e => e.Standing);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "over");
    }

    [Fact]
    public void HPAs_of_its_share_that_fail_agree_and_those_of_another_do_not()
    {
        _world.Sourceless.Add("b1");
        _world.Skip(TimeSpan.FromSeconds(30));
        _world.Hear(Alert("keda", "a"));
        Assert.Empty(Moved);
        _world.Hear(Alert("keda", "b") with { Fingerprint = "other", Key = "other" });
        Assert.Equal(["b1"], Moved);
    }

    [Fact]
    public void A_verdict_names_the_incident_that_it_led_to()
    {
        Die("c");
        _world.Hear(Alert("keda", "c"));
        Assert.Equal(_world.TheIncident.Id, _world.Verdicts[^1].IncidentId);
    }
}
