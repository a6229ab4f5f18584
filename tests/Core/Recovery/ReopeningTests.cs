namespace Sophia.Keda.Reactor.Core.Tests.Recovering;

public sealed class ReopeningTests
{
    private readonly World _world = new("a", "b", "c", "d") { Policy = new Policy { Cluster = "test", AlertChannels = ["slack", "pagerduty"], WaitJitterPercent = 0 } };
    private readonly Incident _first;

    public ReopeningTests()
    {
        _world.Run();
        DiesAndReturns();
        _first = _world.Closed.Single();
    }

    private void DiesAndReturns()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
    }

    private Incident DiesAgainAfter(TimeSpan quiet)
    {
        _world.Pass(quiet);
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "the next trip");
        return _world.TheIncident;
    }

    [Fact]
    public void Trouble_that_comes_back_within_five_minutes_of_the_end_is_the_same_incident_again()
    {
        var again = DiesAgainAfter(TimeSpan.FromMinutes(1));

        Assert.Equal((_first.Id, _first.DedupKey, _first.OpenedAt), (again.Id, again.DedupKey, again.OpenedAt));
        Assert.Null(again.ClosedAt);
        Assert.All(again.Members.Values, member => Assert.Equal(MemberState.Protected, member.State));
        Assert.All(_world.Targets.Values, target => Assert.Equal(HpaOwner.Reactor, Assert.Single(target.Hpas).Owner));
        Assert.Contains(_world.Audit, record => record.Reason == Reason.IncidentReopened && record.IncidentId == _first.Id);
    }

    [Fact]
    public void It_counts_as_a_failed_recovery_so_attempts_go_on_and_the_wait_doubles()
    {
        var again = DiesAgainAfter(TimeSpan.FromMinutes(1));
        Assert.Equal(1, again.Attempts);
        Assert.Equal(_world.Policy.FirstWait, again.Recovery.NotBefore - again.ReopenedAt);

        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the second end");
        again = DiesAgainAfter(TimeSpan.FromMinutes(1));
        Assert.Equal(2, again.Attempts);
        Assert.Equal(_world.Policy.FirstWait * 2, again.Recovery.NotBefore - again.ReopenedAt);
    }

    [Fact]
    public void People_who_were_told_that_it_is_over_are_called_again_with_the_same_key_and_told_that_it_is_reopened()
    {
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
        DiesAgainAfter(TimeSpan.FromMinutes(1));

        var page = _world.Pages.SkipWhile(p => p.Kind != PageKind.Resolve).Skip(1).First();
        Assert.Equal((PageKind.Trigger, Severity.Critical, _first.DedupKey), (page.Kind, page.Severity, page.DedupKey));
        Assert.StartsWith("Reopened: ", page.Title, StringComparison.Ordinal);
        Assert.Contains("It was over ", page.Happened, StringComparison.Ordinal);
        Assert.Equal(_world.Pages.Count, _world.Pages.Select(p => p.Id).Distinct().Count());

        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the second end");
        Assert.Equal((PageKind.Resolve, _first.DedupKey), (_world.Pages[^1].Kind, _world.Pages[^1].DedupKey));
        Assert.DoesNotContain(_world.Pages, p => p != page && p.Title.StartsWith("Reopened: ", StringComparison.Ordinal));
    }

    [Fact]
    public void After_five_minutes_it_is_another_incident_and_the_closed_one_is_forgotten()
    {
        Assert.Single(_world.Panel.RecentlyClosed);
        var again = DiesAgainAfter(TimeSpan.FromMinutes(6));
        Assert.NotEqual(_first.Id, again.Id);
        Assert.Equal(0, again.Attempts);
        Assert.Empty(_world.Panel.RecentlyClosed);
    }

    [Fact]
    public void Without_a_store_it_is_another_incident_because_other_instances_may_not_know_the_closed_one()
    {
        _world.StoreDownSince = _world.Now;
        Assert.NotEqual(_first.Id, DiesAgainAfter(TimeSpan.FromMinutes(1)).Id);
    }

    [Fact]
    public void A_trip_by_hand_after_it_is_an_incident_of_its_own()
    {
        _world.Hear(Given.Trip(_world, "a"));
        Assert.Equal(Cause.Manual, _world.TheIncident.Cause);
        Assert.NotEqual(_first.Id, _world.TheIncident.Id);
    }
}
