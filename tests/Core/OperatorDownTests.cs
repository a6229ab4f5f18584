namespace Sophia.Keda.Reactor.Core.Tests;

public sealed class OperatorDownTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private void KillOperatorAndTrip()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }

    [Fact]
    public void Nothing_trips_on_the_first_look()
    {
        _world.OperatorAlive = false;
        _world.Run();
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
    }

    [Fact]
    public void A_dead_operator_trips_every_target_after_more_than_two_minutes()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.Pass(2);
        Assert.Empty(_world.Panel.Incidents);
        _world.Pass(1);
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
        Assert.Equal(4, _world.TheIncident.Members.Count);
    }

    [Fact]
    public void Each_target_is_paused_then_loses_KEDAs_HPA_then_gets_the_fallback()
    {
        KillOperatorAndTrip();
        var writes = _world.Written.Where(w => w.Target == World.Id("a")).Select(w => w.GetType().Name);
        Assert.Equal([nameof(AnnotateScaledObject), nameof(DeleteHpa), nameof(ApplyFallbackHpa)], writes);
        var hpa = Assert.Single(_world["a"].Hpas);
        Assert.Equal(HpaOwner.Reactor, hpa.Owner);
    }

    [Fact]
    public void A_gap_between_two_looks_starts_the_two_minutes_anew()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.Pass(TimeSpan.FromSeconds(90));
        _world.Visible = false;
        _world.Pass(TimeSpan.FromSeconds(90));
        _world.Visible = true;
        _world.Pass(TimeSpan.FromSeconds(90));
        Assert.Empty(_world.Panel.Incidents);
        _world.Pass(2);
        Assert.NotEmpty(_world.Panel.Incidents);
    }

    [Fact]
    public void The_whole_story_ends_with_every_target_back_and_the_page_resolved()
    {
        KillOperatorAndTrip();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of the incident");
        Assert.All(_world.Targets.Values, v =>
        {
            Assert.Equal(HpaOwner.Keda, Assert.Single(v.Hpas).Owner);
            Assert.Empty(v.Annotations);
        });
        Assert.Empty(_world.Panel.Targets);
        Assert.Single(_world.Closed);
        Assert.Equal(PageKind.Trigger, _world.Pages[0].Kind);
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
        Assert.Single(_world.Pages.Select(p => p.DedupKey).Distinct());
    }

    [Fact]
    public void Recovery_waits_for_cooldown_then_three_good_probes_then_hands_back_one_canary()
    {
        KillOperatorAndTrip();
        _world.OperatorAlive = true;
        var back = _world.Now;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        Assert.InRange(_world.Now - back, TimeSpan.FromSeconds(60 + 60), TimeSpan.FromSeconds(60 + 150));
        Assert.Single(_world.TheIncident.Recovery.Batch);
        Assert.Equal(3, _world.Targets.Values.Count(v => v.FallbackHpa is not null));
    }

    [Fact]
    public void A_wave_never_exceeds_its_share()
    {
        var world = new World([.. Enumerable.Range(0, 10).Select(i => $"t{i}")]);
        world.Run();
        world.OperatorAlive = false;
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        world.OperatorAlive = true;
        var shares = new List<int>();
        for (var i = 0; i < 120 && world.Panel.Incidents.Count > 0; i++)
        {
            world.Pass(TimeSpan.FromSeconds(30));
            if (world.Panel.Incidents.Count > 0 && world.TheIncident.Recovery.Stage is Stage.Canary or Stage.Wave)
                shares.Add(world.Targets.Values.Count(v => v.KedaHpa is not null));
        }

        Assert.Equal([1, 3, 5, 8, 10], shares.Distinct());
    }

    [Fact]
    public void An_operator_that_dies_again_during_the_waves_puts_everything_back_and_waits_longer()
    {
        KillOperatorAndTrip();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Wave, "a wave");
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Tripped, "being put back");
        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Reactor, Assert.Single(v.Hpas).Owner));
        Assert.Equal(1, _world.TheIncident.Attempts);
        Assert.True(_world.TheIncident.Recovery.NotBefore > _world.Now);
        Assert.Single(_world.Panel.Incidents);
    }

    [Fact]
    public void A_cluster_whose_clock_is_minutes_behind_is_well_as_long_as_its_lease_moves()
    {
        _world.ClusterClockBehind = TimeSpan.FromMinutes(5);
        _world.Pass(5);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Null(KedaHealth.OperatorSign(_world.Panel.Signs, _world.Now));
        KillOperatorAndTrip();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of the incident, verified by a lease that moves");
    }

    [Fact]
    public void A_new_ScaledObject_joins_while_the_operator_is_down()
    {
        KillOperatorAndTrip();
        _world.Add("late");
        _world.Pass(1);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["late"].Hpas).Owner);
    }

    [Fact]
    public void A_ScaledObject_that_is_deleted_leaves_the_incident()
    {
        KillOperatorAndTrip();
        _world.Targets.Remove(World.Id("b"));
        _world.Pass(1);
        Assert.DoesNotContain(World.Id("b"), _world.TheIncident.Members.Keys);
        Assert.DoesNotContain(World.Id("b"), _world.Panel.Targets.Keys);
    }

    [Fact]
    public void A_KEDA_that_does_not_notice_the_missing_key_is_woken_with_false()
    {
        KillOperatorAndTrip();
        _world.OperatorAlive = true;
        _world.Deaf = true;
        _world.PassUntil(() => _world.Written.OfType<AnnotateScaledObject>().Any(a => a.Annotations.GetValueOrDefault(Annotations.Paused) == "false"), "the waking value");
        _world.Deaf = false;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.All(_world.Targets.Values, v => Assert.Empty(v.Annotations));
        Assert.DoesNotContain(_world.Written.OfType<AnnotateScaledObject>(), a => a.Annotations.GetValueOrDefault(Annotations.Paused) == "");
    }

    [Fact]
    public void While_KEDAs_HPA_is_missing_the_fallback_stays()
    {
        KillOperatorAndTrip();
        _world.OperatorAlive = true;
        _world.Deaf = true;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        _world.Pass(1);
        Assert.All(_world.Targets.Values, v => Assert.NotNull(v.FallbackHpa));
    }
}
