namespace Sophia.Keda.Reactor.Core.Tests.Maintenance;

public sealed class MaintenanceTests
{
    private static readonly Selection Mesh = new(Scope.Namespace, "sophia-mesh", null);

    private readonly World _world = new("a", "b", "c", "d");

    public MaintenanceTests() => _world.Run();

    private int OnFallback => _world.Targets.Values.Count(v => v.FallbackHpa is not null);

    private string Order(int minutes, Selection? selection = null, string requestId = "m1")
    {
        _world.Hear(Given.Maintenance(_world, TimeSpan.FromMinutes(minutes), selection, requestId));
        return _world.Verdicts[^1].Answer!.Maintenance!;
    }

    [Fact]
    public void An_upgrade_of_KEDA_within_its_window_trips_nothing()
    {
        Order(30);
        _world.OperatorAlive = false;
        _world.Pass(5);
        _world.OperatorAlive = true;
        _world.Pass(30);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Equal(0, OnFallback);
        Assert.Empty(_world.Written);
        var noted = Assert.Single(_world.Audit, a => a.Reason == Reason.Maintenance);
        Assert.Contains("Evidence of operator-unhealthy for the whole cluster", noted.Text);
        Assert.Contains("noted, nothing moves", noted.Text);
    }

    [Fact]
    public void An_operator_that_is_still_down_when_the_window_ends_trips_at_once()
    {
        Order(10);
        _world.OperatorAlive = false;
        _world.Pass(TimeSpan.FromMinutes(9.5));
        Assert.Empty(_world.Panel.Incidents);
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
        Assert.Equal(4, OnFallback);
        Assert.Empty(_world.Panel.Suppressed);
        Assert.Empty(_world.Panel.Maintenance);
    }

    [Fact]
    public void What_began_just_before_the_end_still_has_its_two_minutes()
    {
        Order(10);
        _world.Pass(9);
        _world.OperatorAlive = false;
        _world.Pass(1);
        Assert.Empty(_world.Panel.Incidents);
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.InRange(_world.Now - World.Start, TimeSpan.FromMinutes(11), TimeSpan.FromMinutes(12));
    }

    [Fact]
    public void One_page_reminds_before_the_end_and_is_resolved_at_the_end_with_what_was_seen()
    {
        Order(40);
        _world.OperatorAlive = false;
        _world.Pass(20);
        Assert.Empty(_world.Pages);
        _world.Pass(19);
        var page = Assert.Single(_world.Pages);
        Assert.Equal((Severity.Info, PageKind.Trigger), (page.Severity, page.Kind));
        Assert.Contains("ends soon, and it is not well", page.Title);
        Assert.Contains("Evidence of operator-unhealthy", page.Happened);
        Assert.Contains("trips then", page.Next);
        _world.Pass(1);
        var resolved = Assert.Single(_world.Pages, p => p.Kind == PageKind.Resolve);
        Assert.Equal(page.DedupKey, resolved.DedupKey);
        Assert.Contains("What still stands trips now", resolved.Happened);
    }

    [Fact]
    public void What_was_over_before_the_end_is_told_once_at_the_end()
    {
        Order(40);
        _world.OperatorAlive = false;
        _world.Pass(5);
        _world.OperatorAlive = true;
        _world.Pass(40);
        Assert.Equal([PageKind.Trigger, PageKind.Resolve], _world.Pages.Select(p => p.Kind));
        Assert.All(_world.Pages, p => Assert.Equal(Severity.Info, p.Severity));
        Assert.Contains("is over", _world.Pages[0].Title);
        Assert.Contains("Evidence of operator-unhealthy", _world.Pages[0].Happened);
    }

    [Fact]
    public void Maintenance_in_which_nothing_was_seen_says_nothing_when_it_ends()
    {
        Order(10);
        _world.Pass(20);
        Assert.Empty(_world.Pages);
        Assert.Single(_world.Audit, a => a.Reason == Reason.MaintenanceEnded);
        Assert.Empty(_world.Panel.Maintenance);
    }

    [Fact]
    public void Probes_that_saw_suppressed_evidence_are_counted()
    {
        Order(30);
        _world.OperatorAlive = false;
        _world.Pass(10);
        var seen = Assert.Single(_world.Panel.Suppressed.Values);
        Assert.InRange(seen.Times, 14, 16);
        Assert.Equal(_world.Now, seen.LastSeen);
    }

    [Fact]
    public void One_target_in_maintenance_does_not_keep_the_others_from_tripping()
    {
        Order(30, new Selection(Scope.Target, "sophia-mesh", "a"));
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal((3, HpaOwner.Keda), (OnFallback, Assert.Single(_world["a"].Hpas).Owner));
        Assert.DoesNotContain(World.Id("a"), _world.TheIncident.Members.Keys);
        Assert.Contains("In maintenance, and not moved: 1 target would trip for operator-unhealthy: sophia-mesh/a", _world.Pages[0].Happened);
        _world.Pass(30);
        Assert.Equal(4, OnFallback);
        Assert.Contains(_world.Pages, p => p.Happened.Contains("sophia-mesh/a moves to the fallback too", StringComparison.Ordinal));
    }

    [Fact]
    public void A_target_alert_in_maintenance_is_accepted_noted_and_moves_nothing()
    {
        Order(10, Mesh);
        _world.Hear(Given.Alert(_world, Cause.Oscillation, "a"));
        Assert.Equal((true, Reason.Maintenance), (_world.Verdicts[^1].Accepted, _world.Verdicts[^1].Reason));
        Assert.Contains("noted, nothing trips", _world.Verdicts[^1].Because);
        _world.Pass(5);
        Assert.Equal(0, OnFallback);
        _world.Pass(6);
        Assert.Equal(Cause.Oscillation, _world.TheIncident.Cause);
    }

    [Fact]
    public void An_alert_of_an_operator_that_is_up_again_pages_nobody_until_the_window_ends()
    {
        var id = Order(30);
        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy));
        _world.Pass(5);
        Assert.Empty(_world.Pages);
        _world.Hear(Given.EndOfMaintenance(_world, id));
        Assert.Contains("contradicted", Assert.Single(_world.Pages, p => p.Kind == PageKind.Trigger).Title);
    }

    [Fact]
    public void A_trip_by_hand_works_in_maintenance_and_says_so()
    {
        var id = Order(30);
        _world.Hear(Given.Trip(_world, "a"));
        var answer = _world.Verdicts[^1].Answer!;
        Assert.True(answer.Accepted);
        Assert.Contains($"The maintenance {id} of the whole cluster", answer.Next);
        Assert.Contains("does not stop orders by hand", answer.Next);
        Assert.NotNull(_world["a"].FallbackHpa);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Gradual));
        _world.Pass(15);
        Assert.Null(_world["a"].FallbackHpa);
    }

    [Fact]
    public void What_is_on_its_fallback_stays_there_until_the_window_ends_and_says_why()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        var id = Order(60);
        _world.OperatorAlive = true;
        _world.Pass(30);
        Assert.Equal((4, Stage.Tripped, 0), (OnFallback, _world.TheIncident.Recovery.Stage, _world.TheIncident.Attempts));
        var next = NextStep.Of(_world.Panel, _world.TheIncident, _world.Policy, _world.Now);
        Assert.Contains($"Stays on the fallback for the maintenance {id}", next.Words);
        Assert.Equal(_world.Panel.Maintenance[id].Until, next.At);
        _world.Pass(31);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
        Assert.Equal(0, OnFallback);
    }

    [Fact]
    public void Recovery_goes_on_for_what_is_not_in_maintenance()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Order(60, new Selection(Scope.Target, "sophia-mesh", "a"));
        _world.OperatorAlive = true;
        _world.PassUntil(() => OnFallback == 1, "the others back");
        _world.Pass(20);
        Assert.NotNull(_world["a"].FallbackHpa);
        _world.PassUntil(() => _world.Panel.Maintenance.IsEmpty, "the end of the maintenance");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
    }

    [Fact]
    public void A_canary_under_way_is_judged_and_put_back_when_it_is_bad()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary");
        Order(60);
        _world.KedaHpaShows(_world.TheIncident.Recovery.Batch.Single().Name, "False", "AmbiguousSelector");
        _world.Pass(2);
        Assert.Equal(4, OnFallback);
    }

    [Fact]
    public void It_ends_early_by_order_and_what_stands_trips_then()
    {
        var id = Order(60);
        _world.OperatorAlive = false;
        _world.Pass(5);
        _world.Hear(Given.EndOfMaintenance(_world, id));
        Assert.True(_world.Verdicts[^1].Accepted);
        _world.Pass(1);
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
        Assert.Contains(_world.Audit, a => a is { Reason: Reason.MaintenanceEnded, Kind: AuditKind.Order } && a.Actor.Contains("authenticated as key:operator#1", StringComparison.Ordinal));
    }

    [Fact]
    public void Orders_that_contradict_are_refused_with_the_reason()
    {
        var id = Order(60);
        _world.Hear(Given.Maintenance(_world, TimeSpan.FromMinutes(5), requestId: "again"));
        Refused(Reason.OrderRefusedContradiction, $"in maintenance already from 02:00:00Z until 03:00:00Z ({id}, by ana)");
        _world.Hear(Given.Maintenance(_world, TimeSpan.FromMinutes(-1), Mesh, requestId: "late"));
        Refused(Reason.OrderRefusedContradiction, "over at 01:59:00Z already");
        _world.Hear(Given.Maintenance(_world, TimeSpan.FromMinutes(5), new Selection(Scope.Target, "sophia-mesh", "nobody"), requestId: "nobody"));
        Refused(Reason.OrderRefusedUnknownTarget, "no ScaledObject in sophia-mesh/nobody");
        _world.Hear(Given.EndOfMaintenance(_world, "nothing", "e1"));
        Refused(Reason.OrderRefusedUnknownIncident, "there is no maintenance nothing");
        _world.Hear(Given.EndOfMaintenance(_world, id, "e2"));
        _world.Hear(Given.EndOfMaintenance(_world, id, "e3"));
        Refused(Reason.OrderRefusedUnknownIncident, "or it is over");

        void Refused(Reason reason, string says)
        {
            var answer = _world.Verdicts[^1].Answer!;
            Assert.Equal((false, reason), (answer.Accepted, answer.Reason));
            Assert.Contains(says, answer.Detail);
        }
    }

    [Fact]
    public void The_same_request_is_one_window_with_one_answer()
    {
        var order = Given.Maintenance(_world, TimeSpan.FromMinutes(60));
        _world.Hear(order);
        _world.Pass(1);
        _world.Hear(order);
        Assert.Single(_world.Panel.Maintenance);
        Assert.Equal(_world.Verdicts[^2].Answer, _world.Verdicts[^1].Answer);
        Assert.Equal(Reason.OrderRepeated, _world.Verdicts[^1].Reason);
    }

    [Fact]
    public void One_that_begins_later_does_nothing_before()
    {
        _world.Hear(Given.Maintenance(_world, TimeSpan.FromMinutes(60)) with { Start = _world.Now.AddMinutes(30) });
        _world.OperatorAlive = false;
        _world.Pass(5);
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
    }

    [Fact]
    public void The_answers_that_the_panel_keeps_have_reasons_that_the_version_before_knows()
    {
        var id = Order(60);
        _world.Hear(Given.EndOfMaintenance(_world, id));
        Assert.Equal([Reason.HeldByHuman, Reason.ReleasedByHuman], _world.Panel.Orders.Values.Select(o => o.Reason));
        Assert.Equal([Reason.MaintenanceOrdered, Reason.MaintenanceEnded], _world.Verdicts.Select(v => v.Reason));
    }

    [Fact]
    public void Planned_maintenance_comes_again_each_week_and_can_not_be_ended_by_order()
    {
        // The world begins on a Monday at 02:00 UTC.
        _world.Policy = _world.Policy with
        {
            Maintenance =
            [
                new PlannedMaintenance
                {
                    Name = "patch-day", Selection = new Selection(Scope.Cluster, null, null),
                    Recurring = new TimeWindow { Start = "0 2 * * 1", Duration = TimeSpan.FromMinutes(20), Zone = "UTC" },
                },
            ],
        };
        _world.OperatorAlive = false;
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
        _world.Hear(Given.EndOfMaintenance(_world, "patch-day"));
        Assert.Contains("stands in the policy file", _world.Verdicts[^1].Answer!.Detail);
        _world.Pass(11);
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
        var next = Assert.Single(Maintenances.All(_world.Panel, _world.Policy, _world.Now));
        Assert.Equal((false, World.Start.AddDays(7), World.Start.AddDays(7).AddMinutes(20)), (next.Active, next.Start, next.Until));
    }

    [Fact]
    public void Planned_maintenance_of_one_night_is_over_for_good()
    {
        var planned = new PlannedMaintenance { Name = "upgrade", Selection = Mesh, Start = World.Start.AddHours(1), End = World.Start.AddHours(2) };
        var policy = new Policy { Maintenance = [planned] };
        Assert.Equal([false, true, true], new[] { 0, 60, 119 }.Select(m => Maintenances.All(_world.Panel, policy, World.Start.AddMinutes(m)).Single().Active));
        Assert.Empty(Maintenances.All(_world.Panel, policy, World.Start.AddMinutes(120)));
    }
}
