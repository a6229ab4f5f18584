namespace Sophia.Keda.Reactor.Core.Tests.Causes;

/// <summary>What was never seen moving says nothing by itself.</summary>
public sealed class UnmovedLeaseTests
{
    private readonly World _world = new("a", "b", "c", "d");

    [Fact]
    public void A_lease_that_was_left_behind_trips_nothing_and_is_asked_about_once()
    {
        _world.LeaseLeftBehind = true;
        _world.Pass(2);
        Assert.Empty(_world.Pages);
        _world.Pass(60);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
        var page = Assert.Single(_world.Pages);
        Assert.Equal("KEDA's lease does not move: hung, or left behind?", page.Title);
        Assert.Contains("keda-system/operator.keda.sh", page.Happened);
        Assert.Contains("POST /api/breakers/trip with scope cluster", page.YouMay);
        Assert.Contains("kubectl -n keda-system get lease operator.keda.sh", page.YouMay);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.LeaseNeverMoved);
        Assert.Null(KedaHealth.Trouble(_world.Panel.Signs, _world.Decisions[^1].Input.Observation!, _world.Now));
    }

    [Fact]
    public void It_is_asked_no_more_once_the_lease_moves_and_from_then_on_it_counts()
    {
        _world.LeaseLeftBehind = true;
        _world.Pass(5);
        _world.LeaseLeftBehind = false;
        _world.Pass(1);
        Assert.Equal([PageKind.Trigger, PageKind.Resolve], _world.Pages.Select(p => p.Kind));
        _world.Hangs = true;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
    }

    [Fact]
    public void With_HPAs_that_get_no_external_metric_it_is_reason_enough()
    {
        _world.LeaseLeftBehind = true;
        _world.Pass(5);
        foreach (var name in new[] { "a", "b", "c", "d" })
            _world.Sourceless.Add(name);
        _world.Pass(2);
        Assert.Empty(_world.Panel.Incidents);
        _world.Pass(1);
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
        Assert.Contains("never since the reactor looks, and KEDA's HPAs get no external metric", _world.TheIncident.Why);
    }

    [Fact]
    public void An_operator_that_has_just_come_back_and_waits_for_the_lease_of_its_predecessor_is_not_asked_about()
    {
        (_world.LeaseLeftBehind, _world.OperatorAlive) = (true, false);
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
        _world.Pass(1);
        _world.LeaseLeftBehind = false;
        _world.Pass(5);
        Assert.DoesNotContain(_world.Pages, p => p.Title.Contains("lease", StringComparison.Ordinal));
    }

    [Fact]
    public void One_source_that_is_away_stays_one_targets_trouble()
    {
        _world.LeaseLeftBehind = true;
        _world.Pass(5);
        _world.Sourceless.Add("a");
        _world.Sourceless.Add("b");
        _world.Pass(10);
        Assert.Equal(Cause.ScalerErrors, _world.TheIncident.Cause);
    }

    [Fact]
    public void Without_an_available_replica_it_trips_as_ever()
    {
        _world.LeaseLeftBehind = true;
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Contains("no available replica", _world.TheIncident.Why);
        Assert.DoesNotContain(_world.Pages, p => p.Title.Contains("left behind", StringComparison.Ordinal));
    }

    [Fact]
    public void That_it_moved_is_known_after_a_gap_and_a_restart()
    {
        _world.Pass(1);
        _world.Visible = false;
        _world.Hangs = true;
        _world.Pass(60);
        _world.Visible = true;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip of an operator that hung while nobody could look");
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
    }

    [Fact]
    public void That_it_moved_is_known_by_its_name()
    {
        _world.Pass(5);
        _world.Lease = "keda-system/another";
        _world.LeaseLeftBehind = true;
        _world.Pass(30);
        Assert.Empty(_world.Panel.Incidents);
        _world.Lease = "keda-system/operator.keda.sh";
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip by the lease that moved before");
    }

    [Fact]
    public void A_lease_that_goes_back_in_time_has_not_moved()
    {
        _world.Pass(1);
        var signs = KedaSigns.Of(Panel.Empty("test") with { Signs = new ClusterSigns { Lease = _world.Lease, LeaseRenewTime = World.Start.AddHours(9) } }, _world.Decisions[^1].Input.Observation!, _world.Policy, _world.Now, gap: false);
        Assert.False(signs.LeaseMoved);
    }

    [Fact]
    public void Only_so_many_names_are_kept()
    {
        for (var i = 0; i < 40; i++)
        {
            _world.Lease = $"keda-system/lease-{i:00}";
            _world.Pass(1);
        }

        Assert.Equal(ClusterSigns.KeptAlive, _world.Panel.Signs.SeenAlive.Count);
        Assert.Contains("lease/keda-system/lease-39", _world.Panel.Signs.SeenAlive.Keys);
    }

    [Fact]
    public void No_lease_at_all_leaves_the_Deployment_to_tell()
    {
        _world.Lease = null;
        _world.Hangs = true;
        _world.Pass(30);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Pages);
        Assert.Contains(_world.Panel.Signs.NotJudged, s => s.StartsWith("no lease of the operator counts", StringComparison.Ordinal));
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }

    [Fact]
    public void An_operator_scaled_to_0_before_we_came_says_nothing_alone()
    {
        (_world.OperatorAlive, _world.OperatorWanted) = (false, 0);
        _world.Pass(30);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Contains(_world.Panel.Signs.NotJudged, s => s.Contains("is scaled to 0 and was never seen with a replica"));
        foreach (var name in new[] { "a", "b", "c", "d" })
            _world.Sourceless.Add(name);
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
    }

    [Fact]
    public void An_operator_scaled_to_0_after_it_was_seen_alive_trips()
    {
        _world.Run();
        (_world.OperatorAlive, _world.OperatorWanted) = (false, 0);
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void A_metrics_server_that_was_never_installed_says_nothing_and_one_that_does_not_answer_does(bool absent, int incidents)
    {
        (_world.MetricsServerUp, _world.MetricsServerAbsent) = (false, absent);
        _world.Pass(30);
        Assert.Equal(incidents, _world.Panel.Incidents.Count);
    }

    [Fact]
    public void An_APIService_that_was_taken_away_trips()
    {
        _world.Run();
        (_world.MetricsServerUp, _world.MetricsServerAbsent) = (false, true);
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal(Cause.MetricsServerUnavailable, _world.TheIncident.Cause);
    }

    [Fact]
    public void What_is_older_than_a_day_is_said_with_its_date()
    {
        _world.Lease = "keda-system/operator.keda.sh";
        _world.LeaseLeftBehind = true;
        _world.Skip(TimeSpan.FromDays(40));
        _world.Pass(5);
        Assert.Contains("was last renewed 2026-03-02 02:00:00Z", Assert.Single(_world.Pages).Happened);
        Assert.Equal("02:00:00Z", Words.Clock(World.Start, World.Start.AddDays(1)));
        Assert.Equal("2026-03-02 02:00:00Z", Words.Clock(World.Start, World.Start.AddDays(1).AddSeconds(1)));
    }

    [Fact]
    public void An_incident_that_is_told_of_days_later_says_on_which_day_its_clock_times_are()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Skip(TimeSpan.FromDays(3));
        _world.Add("late");
        _world.Pass(1);
        Assert.Contains("late", _world.Pages[^1].Happened);
        Assert.Contains("(on 2026-03-02)", Breakers.One(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy, World.Id("a"))!.Why);
    }
}
