namespace Sophia.Keda.Reactor.Core.Tests.Store;

public sealed class WithoutStoreTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private void StoreGoes()
    {
        _world.Run();
        _world.StoreDownSince = _world.Now;
    }

    [Fact]
    public void Trouble_of_the_whole_cluster_trips_under_an_id_that_every_instance_would_give_it()
    {
        StoreGoes();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");

        Assert.Equal("20260302-0200-operator-unhealthy", _world.TheIncident.Id);
        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Reactor, Assert.Single(v.Hpas).Owner));
        Assert.Equal(PageKind.Trigger, _world.Pages.First(p => p.IncidentId is not null).Kind);
    }

    [Fact]
    public void Trouble_of_one_target_waits_for_the_store()
    {
        StoreGoes();
        _world.Sourceless.Add("a");
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);

        _world.StoreDownSince = null;
        _world.Pass(1);
        Assert.Equal(Cause.ScalerErrors, _world.TheIncident.Cause);
    }

    [Fact]
    public void Nothing_is_handed_back_and_what_is_in_place_is_left_alone()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Targets.Values.Count(t => t.Phase == Phase.OnFallback) == 4, "a trip");
        _world.StoreDownSince = _world.Now;
        _world.OperatorAlive = true;
        _world.Annotate("b", Annotations.Paused, null); // as an instance does that still reaches the store and hands it back
        var written = _world.Written.Count;

        _world.Pass(60);

        Assert.Equal(written, _world.Written.Count);
        Assert.Contains(_world.TheIncident.Evidence.Values, e => e.Standing);
        Assert.Equal(Stage.Tripped, _world.TheIncident.Recovery.Stage);
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.PausePutBack);
    }

    [Fact]
    public void A_hand_back_that_KEDA_has_taken_up_is_finished_and_one_that_is_still_paused_waits()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Targets.Values.Count(t => t.Phase == Phase.OnFallback) == 4, "a trip");
        _world.OperatorAlive = true;
        _world.StoreDownSince = _world.Now;
        foreach (var name in new[] { "a", "b" })
        {
            var tripped = _world.Panel.Targets[World.Id(name)] with { Phase = Phase.HandingBack, HandbackSince = _world.Now };
            _world.Panel = _world.Panel with
            {
                Targets = _world.Panel.Targets.SetItem(World.Id(name), tripped),
                Incidents = _world.Panel.Incidents.SetItem(_world.TheIncident.Id, _world.TheIncident with
                {
                    Members = _world.TheIncident.Members.SetItem(World.Id(name), new Member { State = MemberState.HandedBack, Reason = Reason.WaveStarted, Since = _world.Now }),
                }),
            };
        }

        _world.Annotate("a", Annotations.Paused, null);
        _world.Pass(1);

        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Empty(_world["a"].Annotations);
        Assert.Equal("true", _world["b"].Annotations[Annotations.Paused]);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["b"].Hpas).Owner);
    }

    [Fact]
    public void People_are_told_when_it_lasts_and_when_it_is_over()
    {
        StoreGoes();
        _world.Pass(TimeSpan.FromSeconds(90));
        Assert.Empty(_world.Pages);

        _world.Pass(5);
        var page = Assert.Single(_world.Pages);
        Assert.Equal((PageKind.Trigger, Severity.Critical), (page.Kind, page.Severity));
        Assert.Contains("must be sent again", page.Did);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.StoreDown);

        _world.StoreDownSince = null;
        _world.Pass(1);
        Assert.Equal((PageKind.Resolve, page.DedupKey), (_world.Pages[^1].Kind, _world.Pages[^1].DedupKey));
    }

    [Fact]
    public void Marks_of_others_are_adopted_without_a_store_too_so_that_one_trouble_has_one_incident()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Targets.Values.Count(t => t.Phase == Phase.OnFallback) == 4, "a trip");
        var id = _world.TheIncident.Id;
        _world.Panel = Panel.Empty("test");
        _world.StoreDownSince = _world.Now;

        _world.Pass(5);

        Assert.Equal(id, _world.TheIncident.Id);
    }
}
