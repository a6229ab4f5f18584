namespace Sophia.Keda.Reactor.Core.Tests.Alerts;

public sealed class ClusterAlertTests
{
    private readonly World _world = new("a", "b", "c");

    [Theory]
    [InlineData(Cause.OperatorUnhealthy)]
    [InlineData(Cause.MetricsServerUnavailable)]
    public void One_that_the_probe_agrees_with_trips_at_once(Cause cause)
    {
        _world.Run();
        _world.OperatorAlive = cause != Cause.OperatorUnhealthy;
        _world.MetricsServerUp = cause != Cause.MetricsServerUnavailable;
        _world.Skip(TimeSpan.FromSeconds(30));
        _world.Hear(Given.Alert(_world, cause));
        Assert.Equal(cause, _world.TheIncident.Cause);
        Assert.Equal(3, _world.Panel.Targets.Count);
        Assert.Equal(PageKind.Trigger, Assert.Single(_world.Pages, p => p.Kind != PageKind.Update).Kind);
    }

    [Fact]
    public void An_old_lease_that_was_never_seen_moving_does_not_agree_and_HPAs_that_fail_do()
    {
        _world.Hangs = true;
        _world.Skip(TimeSpan.FromMinutes(3));
        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy));
        Assert.Empty(_world.Panel.Targets);
        Assert.Contains("contradicted", Assert.Single(_world.Pages).Title);
        _world.Sourceless.UnionWith(["a", "b", "c"]);
        _world.Pass(1);
        Assert.Equal(3, _world.Panel.Targets.Count);
    }

    [Fact]
    public void One_that_the_probe_contradicts_is_paged_with_both_sides_and_moves_nothing()
    {
        _world.Run();
        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy));
        _world.Pass(10);
        Assert.Empty(_world.Written);
        Assert.Empty(_world.Panel.Incidents);
        var page = Assert.Single(_world.Pages);
        Assert.Contains("Alertmanager says: KEDAOperatorDown", page.Happened);
        Assert.Contains("The reactor sees: operator Deployment keda-system/keda-operator has 1 available replica(s)", page.Happened);
        Assert.Contains("external metrics API: Available", page.Happened);
    }

    [Fact]
    public void A_contradicted_one_trips_when_the_probe_agrees_later_and_its_notice_is_resolved()
    {
        _world.Run();
        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy));
        _world.OperatorAlive = false;
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(3, _world.Panel.Targets.Count);
        Assert.Empty(_world.Panel.Notices);
        var notice = _world.Pages.Where(p => p.IncidentId is null).ToList();
        Assert.Equal([PageKind.Trigger, PageKind.Resolve], notice.Select(p => p.Kind));
    }

    [Fact]
    public void A_contradicted_one_that_resolves_takes_its_notice_with_it()
    {
        _world.Run();
        _world.Hear(Given.Alert(_world, Cause.MetricsServerUnavailable));
        _world.Hear(Given.Alert(_world, Cause.MetricsServerUnavailable, firing: false));
        Assert.Empty(_world.Panel.Notices);
        Assert.Equal([PageKind.Trigger, PageKind.Resolve], _world.Pages.Select(p => p.Kind));
    }

    [Fact]
    public void A_contradicted_one_that_nobody_resolves_expires()
    {
        _world.Run();
        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy));
        _world.Pass(16);
        Assert.Empty(_world.Panel.Notices);
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Failing_HPAs_agree_too_when_there_are_enough_of_them(int failing, bool trips)
    {
        var world = new World("a", "b", "c", "d", "e");
        world.Run();
        foreach (var name in new[] { "a", "b" }.Take(failing))
            world.KedaHpaShows(name, "False", "FailedGetExternalMetric");
        world.Hear(Given.Alert(world, Cause.OperatorUnhealthy));
        Assert.Equal(trips, world.Panel.Incidents.Count == 1);
    }

    [Fact]
    public void A_hung_operator_is_seen_by_its_lease_alone()
    {
        _world.Pass(1);
        _world.Hangs = true;
        _world.Pass(2);
        Assert.Empty(_world.Panel.Incidents);
        _world.Pass(1);
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
        Assert.Contains("lease", _world.TheIncident.Why);
    }

    [Fact]
    public void A_metrics_server_away_for_more_than_two_minutes_trips_and_its_return_gives_everything_back()
    {
        _world.Run();
        _world.MetricsServerUp = false;
        _world.Pass(2);
        Assert.Empty(_world.Panel.Incidents);
        _world.Pass(1);
        Assert.Equal(Cause.MetricsServerUnavailable, _world.TheIncident.Cause);
        _world.MetricsServerUp = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Keda, Assert.Single(v.Hpas).Owner));
    }

    [Fact]
    public void A_resolve_while_the_probe_still_sees_it_does_not_start_recovery()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy));
        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy, firing: false));
        _world.Pass(10);
        Assert.Equal(Stage.Tripped, _world.TheIncident.Recovery.Stage);
    }
}
