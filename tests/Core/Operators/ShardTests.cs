namespace Sophia.Keda.Reactor.Core.Tests.Operators;

/// <summary>Several operators, each with its lease and its share of the ScaledObjects.</summary>
public sealed class ShardTests
{
    private readonly World _world = new("a1", "a2", "b1", "b2", "c1");

    public ShardTests()
    {
        _world.Label("a", "a1", "a2");
        _world.Label("b", "b1", "b2");
        _world.Label("c", "c1");
        _world.Share("a", "b", "c");
    }

    private IEnumerable<string> Written => _world.Written.Select(w => w.Target.Name).Distinct().Order(StringComparer.Ordinal);

    private string Health => string.Join("\n", _world.Panel.Signs.Shares.Concat(_world.Panel.Signs.NotJudged));

    private Incident? Of(string name) => _world.Panel.OpenIncident(Cause.OperatorUnhealthy, "keda/" + name);

    private void Dies(string name)
    {
        _world.Run();
        _world.Pass(1);
        _world.Shards["keda/" + name].Alive = false;
        _world.PassUntil(() => Of(name) is { TripTold: true } told && (told.Members.IsEmpty || told.FallbackInPlaceAt is not null), "a trip");
    }

    [Fact]
    public void One_dies_and_its_targets_move_with_no_write_to_the_others()
    {
        Dies("a");

        Assert.Equal(["a1", "a2"], Written);
        Assert.Equal(["a1", "a2"], _world.TheIncident.Members.Keys.Select(id => id.Name));
        Assert.Equal("20260302-020330-operator-unhealthy-keda-a", _world.TheIncident.Id);
        var page = _world.Pages.First(p => p.IncidentId == _world.TheIncident.Id);
        Assert.Equal("KEDA's operator keda/a is down: 2 workloads to fallback", page.Title);
        Assert.Equal("KEDA's operator Deployment keda/a has had no available replica since 02:01:30Z. It serves namespace sophia-mesh with labels team=a, and nothing else is moved.", page.Happened);
    }

    [Fact]
    public void One_that_hangs_is_known_by_its_own_lease()
    {
        _world.Run();
        _world.Pass(1);
        _world.Bend = seen => seen with { Shards = seen.Shards.SetItem("keda/b", seen.Shards["keda/b"] with { LeaseRenewTime = World.Start.AddMinutes(1) }) };
        _world.PassUntil(() => Of("b") is not null, "a trip");

        Assert.Equal(["b1", "b2"], Written);
        Assert.StartsWith("The leader lease of KEDA's operator keda/b, keda/b.keda.sh, was last renewed", Of("b")!.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_that_dies_has_an_incident_a_key_and_a_way_back_of_its_own()
    {
        Dies("a");
        Dies("b");
        var (a, b) = (Of("a")!, Of("b")!);
        Assert.NotEqual(a.DedupKey, b.DedupKey);

        _world.Shards["keda/a"].Alive = true;
        _world.PassUntil(() => Of("a") is null, "a is over");

        Assert.Equal(a.Id, Assert.Single(_world.Closed).Id);
        Assert.Equal(["a1", "a2", "c1"], _world.Targets.Values.Where(t => t.KedaHpa is not null).Select(t => t.Id.Name));
        Assert.Equal(["b1", "b2"], _world.Panel.Targets.Keys.Select(id => id.Name));
        _world.Shards["keda/b"].Alive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty && _world.Panel.Targets.IsEmpty, "all is over");
        Assert.DoesNotContain("c1", Written);
        Assert.Equal(2, _world.Pages.Count(p => p.Kind == PageKind.Resolve));
    }

    [Fact]
    public void What_is_in_two_shares_stays_while_one_of_the_two_lives_and_moves_when_neither_does()
    {
        _world.Shards["keda/b"].Share = OperatorShare.Read("", "team in (a,b)", out _)!;
        Dies("a");
        Assert.Empty(Written);
        Assert.Contains("2 targets of its share have another operator too, which lives, and are not moved: sophia-mesh/a1, sophia-mesh/a2", _world.Pages[^1].Happened, StringComparison.Ordinal);
        Assert.Contains("2 targets in the share of several operators, which work against each other: sophia-mesh/a1, sophia-mesh/a2", Health, StringComparison.Ordinal);

        Dies("b");

        Assert.Equal(["a1", "a2", "b1", "b2"], Written);
    }

    [Fact]
    public void One_that_serves_all_beside_another_keeps_its_targets_alive()
    {
        (_world.OnlyShards, _world.ServesAll) = (false, true);
        Dies("a");
        Assert.Empty(Written);

        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.OpenIncident(Cause.OperatorUnhealthy)?.FallbackInPlaceAt is not null, "the other trips too");

        Assert.Equal(["a1", "a2"], Written);
    }

    [Fact]
    public void The_one_whose_share_cant_be_told_has_what_no_other_has()
    {
        _world.OnlyShards = false;
        _world.Add("rest");
        _world.Bend = seen => seen with { SharesUntold = ["what share of the ScaledObjects KEDA's operator keda-system/keda-operator has can't be told"] };
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count > 0, "a trip");

        Assert.Equal(["rest"], Written);
        Assert.Null(_world.TheIncident.Operator);
        Assert.Equal("KEDA's operator is down: 1 workload to fallback", _world.Pages[0].Title);
        Assert.Contains("can't be told", Health, StringComparison.Ordinal);
        Assert.Contains("KEDA's operator keda-system/keda-operator serves what no other's share has: 1 target", Health, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_was_scaled_to_0_before_we_came_is_no_news_and_keeps_nothing_alive()
    {
        _world.Shards["keda/a"].Wanted = 0;
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Contains("Deployment keda/a is scaled to 0 and was never seen with a replica", Health, StringComparison.Ordinal);

        // Somebody else has its targets: what they have on paper twice, one serves.
        _world.Shards["keda/b"].Share = OperatorShare.Read("", "team in (a,b)", out _)!;
        Dies("b");
        Assert.Equal(["a1", "a2", "b1", "b2"], Written);
    }

    [Fact]
    public void A_retired_one_whose_targets_get_no_metric_counts_as_dead()
    {
        _world.Shards["keda/a"].Wanted = 0;
        _world.Sourceless.UnionWith(["a1", "a2"]);
        _world.PassUntil(() => Of("a") is not null, "a trip");
        Assert.Equal(["a1", "a2"], Written);
    }

    [Fact]
    public void One_whose_Deployment_goes_is_dead_for_what_nobody_else_serves_and_over_when_somebody_does()
    {
        _world.Run();
        _world.Pass(1);
        _world.Shards["keda/a"].Gone = true;
        _world.PassUntil(() => Of("a")?.FallbackInPlaceAt is not null, "a trip");
        Assert.Equal(["a1", "a2"], Written);
        Assert.StartsWith("KEDA's operator Deployment keda/a is gone since", Of("a")!.Why, StringComparison.Ordinal);
        _world.Pass(20);
        Assert.Equal(Stage.Tripped, Of("a")!.Recovery.Stage);

        _world.Label("b", "a1", "a2");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty && _world.Panel.Targets.IsEmpty, "the other has taken them");

        Assert.DoesNotContain("keda/a", _world.Panel.Signs.Shards.Keys);
    }

    [Fact]
    public void One_that_goes_when_somebody_else_has_its_targets_is_no_news()
    {
        _world.Run();
        _world.Pass(1);
        _world.Shards["keda/a"].Gone = true;
        _world.Label("c", "a1", "a2");
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void What_is_moved_to_a_living_ones_share_goes_back_while_the_dead_one_stays_dead()
    {
        Dies("a");
        _world.Label("c", "a2");
        _world.PassUntil(() => _world["a2"].KedaHpa is not null, "it is back");
        _world.Pass(20);
        Assert.Equal(["a1"], _world.Panel.Targets.Keys.Select(id => id.Name));
        Assert.Single(_world["a2"].Hpas);
    }

    [Fact]
    public void What_nobody_serves_is_told_and_moved_by_nobodys_death()
    {
        _world.Add("orphan");
        Dies("a");
        Assert.Equal(["a1", "a2"], Written);
        Assert.Contains("1 target in no operator's share, so nobody serves it: sophia-mesh/orphan", Health, StringComparison.Ordinal);
        Assert.Contains("KEDA's operator keda/a serves namespace sophia-mesh with labels team=a: 2 targets", Health, StringComparison.Ordinal);
    }

    [Fact]
    public void Why_says_who_serves_it_and_whether_that_one_is_well()
    {
        _world.Add("orphan");
        Dies("a");
        var seen = _world.Decisions[^1].Input.Observation!;
        string Why(string name) => Explain.Of(_world.Panel, seen, _world.Policy, World.Id(name), _world.Now)!.LastProbe;

        Assert.Contains("KEDA's operator Deployment keda/a has had no available replica", Why("a1"), StringComparison.Ordinal);
        Assert.Contains("KEDA's operator and metrics server answer (keda/b serves it)", Why("b1"), StringComparison.Ordinal);
        Assert.Contains("no operator's share has it: nobody serves it", Why("orphan"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_of_a_living_one_that_fails_is_judged_while_another_is_dead()
    {
        Dies("a");
        _world.Sourceless.Add("b1");
        _world.PassUntil(() => _world.Panel.OpenIncident(Cause.ScalerErrors) is not null, "its own trip");
        Assert.Equal(["a1", "a2", "b1"], Written);

        // And its way back asks only for its own operator.
        _world.Sourceless.Clear();
        _world.PassUntil(() => _world.Panel.OpenIncident(Cause.ScalerErrors) is null && _world["b1"].KedaHpa is not null, "back");
        Assert.NotNull(Of("a"));
    }

    [Fact]
    public void A_reset_of_a_living_ones_target_is_taken_and_one_of_the_dead_ones_is_refused_with_the_reason()
    {
        Dies("a");
        _world.Hear(Given.Reset(_world, "a1", ResetMode.Immediate));
        var refused = _world.Panel.Orders.Values.Single();
        Assert.Equal((false, Reason.OrderRefusedStillUnhealthy), (refused.Accepted, refused.Reason));
        Assert.Contains("KEDA's operator Deployment keda/a has had no available replica", refused.Detail, StringComparison.Ordinal);

        _world.Hear(Given.Trip(_world, "b1"));
        _world.Pass(2);
        _world.Hear(Given.Reset(_world, "b1", ResetMode.Immediate, "r9"));
        Assert.True(_world.Panel.Orders["r9"].Accepted);
    }

    [Fact]
    public void The_cluster_remembers_whose_incident_it_is_when_the_store_is_lost()
    {
        Dies("a");
        Dies("b");
        var ids = (Of("a")!.Id, Of("b")!.Id);
        _world.Panel = Panel.Empty("test");
        _world.Run();

        Assert.Equal(ids, (Of("a")!.Id, Of("b")!.Id));
        Assert.Equal(["a1", "a2"], Of("a")!.Members.Keys.Select(id => id.Name));
        Assert.DoesNotContain("c1", Written);
    }

    [Fact]
    public void Without_a_store_two_that_die_have_two_names()
    {
        _world.Run();
        _world.Pass(1);
        _world.StoreDownSince = _world.Now;
        _world.Shards["keda/a"].Alive = _world.Shards["keda/b"].Alive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 2, "two trips");
        Assert.Equal(["a1", "a2", "b1", "b2"], Written);
        Assert.All(_world.Panel.Incidents.Keys, id => Assert.Matches("^20260302-0200-operator-unhealthy-keda-[ab]-[0-9a-f]{8}$", id));
    }

    [Fact]
    public void One_that_comes_back_and_dies_again_reopens_its_own_incident_and_waits_longer()
    {
        Dies("a");
        var first = Of("a")!.Id;
        _world.Shards["keda/a"].Alive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "over");
        _world.Shards["keda/a"].Alive = _world.Shards["keda/b"].Alive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 2, "both trip");
        Assert.Equal(first, Of("a")!.Id);
        Assert.NotNull(Of("a")!.ReopenedAt);
        Assert.Null(Of("b")!.ReopenedAt);
    }

    [Fact]
    public void A_lease_that_never_moved_is_told_for_the_operator_that_names_it()
    {
        _world.Bend = seen => seen with { Shards = seen.Shards.SetItem("keda/c", seen.Shards["keda/c"] with { LeaseRenewTime = World.Start.AddDays(-9) }) };
        _world.Pass(5);
        var page = Assert.Single(_world.Pages);
        Assert.Contains("the lease keda/c.keda.sh, which KEDA's operator keda/c names", page.Happened, StringComparison.Ordinal);
        _world.Bend = seen => seen;
        _world.Pass(1);
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
    }

    [Fact]
    public void The_page_names_the_ScaledJobs_of_its_share_alone()
    {
        _world.ScaledJobs = [new("sophia-mesh", "job-a"), new("sophia-mesh", "job-b")];
        _world.Shards["keda/a"].ScaledJobs = [new("sophia-mesh", "job-a")];
        Dies("a");
        Assert.Contains("ScaledJobs are never changed: sophia-mesh/job-a.", _world.Pages[0].Happened, StringComparison.Ordinal);
    }

    [Fact]
    public void An_only_operator_with_a_share_moves_its_share_and_nothing_else()
    {
        _world.Shards.Remove("keda/b");
        _world.Shards.Remove("keda/c");
        Dies("a");
        Assert.Equal(["a1", "a2"], Written);
    }

    [Fact]
    public void The_metrics_server_is_everybodys()
    {
        _world.Run();
        _world.MetricsServerUp = false;
        _world.PassUntil(() => _world.Panel.OpenIncident(Cause.MetricsServerUnavailable)?.FallbackInPlaceAt is not null, "a trip");
        Assert.Equal(["a1", "a2", "b1", "b2", "c1"], Written);
    }

    [Fact]
    public void A_target_that_cant_be_read_while_its_operator_is_dead_stays_what_it_was()
    {
        Dies("a");
        _world.Unreadable["a2"] = "odd";
        _world.Pass(5);
        Assert.Contains(World.Id("a2"), Of("a")!.Evidence.Values.Single().Only!);
        Assert.Equal(MemberState.Protected, Of("a")!.Members[World.Id("a2")].State);
    }
}
