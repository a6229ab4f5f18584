namespace Sophia.Keda.Reactor.Core.Tests.Causes;

/// <summary>What can't work as it is written is no sign of KEDA's health.</summary>
public sealed class CantWorkTests
{
    private const string Configuration = "error parsing redis metadata: no address given";
    private readonly World _world = new("a", "b", "c", "d");

    private static ConditionView NotReady(string words) => new("False", "ScaledObjectCheckFailed", words);

    private void AddWithoutWorkload(params string[] names)
    {
        foreach (var name in names)
        {
            _world.Add(name);
            _world.Change(name, v => v with { Replicas = null, Hpas = [], HpaNamed = false, Ready = NotReady("ScaledObject doesn't have correct scaleTargetRef specification") });
        }
    }

    private void AddBroken(params string[] names)
    {
        foreach (var name in names)
        {
            _world.Add(name);
            _world.Broken.Add(name);
            _world.Change(name, v => v with { Hpas = [], HpaNamed = false, Ready = NotReady(Configuration) });
        }
    }

    private void BreakConfiguration(params string[] names)
    {
        foreach (var name in names)
            _world.Change(name, v => v with { Ready = NotReady(Configuration), Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = new("False", "FailedGetExternalMetric", "unable to get external metric") })] });
    }

    [Fact]
    public void Three_without_a_workload_beside_four_healthy_ones_move_nothing_and_are_told_once()
    {
        _world.Run();
        AddWithoutWorkload("pr-201", "pr-202", "pr-203");
        _world.Pass(60);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
        var page = Assert.Single(_world.Pages);
        Assert.Equal((PageKind.Trigger, Severity.Info, "3 targets can't work as written"), (page.Kind, page.Severity, page.Title));
        Assert.Contains("sophia-mesh/pr-201: its Deployment pr-201 does not exist", page.Happened);
        Assert.Equal(3, _world.Audit.Count(a => a.Reason == Reason.TargetCantWork));
    }

    [Fact]
    public void What_was_deleted_under_its_HPA_says_nothing_either()
    {
        _world.Run();
        foreach (var name in new[] { "a", "b", "c" })
        {
            _world.KedaHpaShows(name, "False", "FailedGetExternalMetric");
            _world.Change(name, v => v with { Replicas = null });
        }

        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
    }

    [Fact]
    public void A_kind_that_is_not_served_and_one_that_never_had_an_HPA_say_nothing()
    {
        _world.Run();
        AddBroken("x", "y");
        _world.Add("z");
        _world.Change("z", v => v with { Replicas = null, KindServed = false, Ready = NotReady("no matches for kind") });
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
        var told = Assert.Single(_world.Pages).Happened;
        Assert.Contains($"x: KEDA never made an HPA for it: ScaledObjectCheckFailed: {Configuration}", told);
        Assert.Contains("z: its kind Deployment (apps/v1) is not served here, or has no /scale", told);
    }

    [Fact]
    public void More_of_them_are_told_under_the_same_page_and_it_resolves_with_the_last()
    {
        _world.Run();
        AddBroken("x");
        _world.Pass(5);
        AddBroken("y");
        _world.Pass(5);
        Assert.Equal([PageKind.Trigger, PageKind.Update], _world.Pages.Select(p => p.Kind));
        Assert.DoesNotContain("sophia-mesh/x", _world.Pages[1].Happened);
        _world.Delete("x");
        _world.Pass(1);
        _world.Broken.Clear();
        _world.Change("y", v => v with { Ready = new("True", "ScaledObjectReady", "") });
        _world.Pass(2);
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
        Assert.Single(_world.Pages.Select(p => p.DedupKey).Distinct());
        Assert.Equal(3, _world.Pages.Select(p => p.Id).Distinct().Count());
        Assert.Empty(_world.Panel.CantWork);
    }

    [Fact]
    public void They_count_in_neither_number()
    {
        _world.Run();
        _world.Add("e");
        AddWithoutWorkload("p", "q", "r", "s", "t", "u");
        foreach (var name in new[] { "a", "b", "c" }) // 3 of 11 is 27 %, and 3 of the 5 that can be judged is 60 %
            _world.Sourceless.Add(name);
        _world.Pass(3);
        Assert.Equal(Cause.ErrorRate, _world.TheIncident.Cause);
        Assert.Contains("3 of 5 targets that can be judged fail at once", _world.TheIncident.Why);
    }

    [Fact]
    public void Faults_of_configuration_that_began_apart_move_nobody_else()
    {
        _world.Run();
        foreach (var name in new[] { "a", "b", "c" })
        {
            BreakConfiguration(name);
            _world.Pass(6);
        }

        Assert.DoesNotContain(_world.Panel.Incidents.Values, i => i.Cause == Cause.ErrorRate);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["d"].Hpas).Owner);
    }

    [Fact]
    public void Faults_of_configuration_that_begin_together_look_like_one_deleted_Secret_and_count()
    {
        _world.Run();
        BreakConfiguration("a", "b", "c");
        _world.Pass(3);
        Assert.Equal(Cause.ErrorRate, _world.TheIncident.Cause);
    }

    [Fact]
    public void Where_a_gap_was_between_them_they_still_began_apart()
    {
        _world.Policy = _world.Policy with { ConsecutiveFailures = 40 };
        _world.Run();
        foreach (var name in new[] { "a", "b", "c" })
        {
            BreakConfiguration(name);
            _world.Pass(6);
        }

        _world.Visible = false;
        _world.Pass(10);
        _world.Visible = true;
        _world.Policy = _world.Policy with { ConsecutiveFailures = 5 };
        _world.Pass(5);
        Assert.DoesNotContain(_world.Panel.Incidents.Values, i => i.Cause == Cause.ErrorRate);
    }

    [Fact]
    public void Faults_of_configuration_from_before_our_first_look_never_began()
    {
        BreakConfiguration("a", "b", "c");
        _world.Pass(10);
        Assert.DoesNotContain(_world.Panel.Incidents.Values, i => i.Cause == Cause.ErrorRate);
    }

    [Fact]
    public void A_wrong_alert_is_not_confirmed_by_what_can_not_work()
    {
        _world.Run();
        foreach (var name in new[] { "a", "b" })
        {
            _world.KedaHpaShows(name, "False", "FailedGetExternalMetric");
            _world.Change(name, v => v with { Replicas = null });
        }

        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy));
        Assert.Empty(_world.Panel.Incidents);
        Assert.Contains(_world.Pages, p => p.Title.Contains("contradicted", StringComparison.Ordinal));
    }

    [Fact]
    public void In_a_trip_what_has_no_workload_is_left_alone_and_what_has_one_and_no_HPA_gets_its_fallback()
    {
        _world.Run();
        AddWithoutWorkload("gone");
        AddBroken("never");
        _world.OperatorAlive = false;
        _world.Pass(1);
        _world.Add("late");
        _world.Change("late", v => v with { Hpas = [], HpaNamed = false, Ready = null });
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal(MemberState.LeftAlone, _world.TheIncident.Members[World.Id("gone")].State);
        Assert.DoesNotContain(_world.Written, w => w.Target == World.Id("gone"));
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["late"].Hpas).Owner);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["never"].Hpas).Owner);
    }

    [Fact]
    public void What_loses_its_workload_during_a_trip_is_never_the_canary_and_holds_up_nobody()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Change("a", v => v with { Replicas = null, Max = 1 });
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        Assert.DoesNotContain(World.Id("a"), _world.TheIncident.Recovery.Batch);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Empty(_world["a"].Annotations);
        Assert.Empty(_world["a"].Hpas);
        Assert.Equal(0, _world.Closed[0].Attempts);
    }

    [Fact]
    public void While_KEDA_is_sick_nobody_is_told_that_it_makes_no_HPA()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.Policy = _world.Policy with { ObserveOnly = true };
        _world.Add("late");
        _world.Change("late", v => v with { Hpas = [], HpaNamed = false, Ready = null });
        _world.Pass(10);
        Assert.DoesNotContain(_world.Pages, p => p.Title.Contains("can't work", StringComparison.Ordinal));
    }
}
