namespace Sophia.Keda.Reactor.Core.Tests.Recovering;

public sealed class SharedTargetTests
{
    private readonly World _world = new("a", "b", "c", "d");

    [Theory]
    [InlineData("a")]
    [InlineData(null)]
    public void A_target_in_two_incidents_goes_back_only_when_both_allow_it(string? byHand)
    {
        _world.Run();
        _world.Hear(Given.Trip(_world, byHand));
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.OpenIncident(Cause.OperatorUnhealthy) is not null, "a trip");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.OpenIncident(Cause.OperatorUnhealthy) is null, "the end of the other incident");
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.PutBackOnFallback);
        Assert.All(_world.Targets.Values, v =>
        {
            var expected = byHand is null || v.Id.Name == byHand ? HpaOwner.Reactor : HpaOwner.Keda;
            Assert.Equal(expected, Assert.Single(v.Hpas).Owner);
        });
        _world.Hear(Given.Reset(_world, byHand, ResetMode.Gradual));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Keda, Assert.Single(v.Hpas).Owner));
        Assert.All(_world.Targets.Values, v => Assert.Empty(v.Annotations));
        Assert.Empty(_world.Panel.Targets);
    }

    [Fact]
    public void Evidence_of_one_targets_trouble_that_returns_puts_that_target_back_alone()
    {
        _world.Policy = _world.Policy with { BlastRadiusPercent = 100 };
        _world.Run();
        foreach (var firing in new[] { true, false })
            _world.Hear([.. _world.Targets.Keys.Select(t => Given.Alert(_world, Cause.ScalerErrors, t.Name, firing, t.Name))]);
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Wave, BatchBackAt: not null }, "a wave");
        var wave = _world.TheIncident.Recovery.Batch.Single();
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, wave.Name, fingerprint: wave.Name, startsAt: World.Start.AddMinutes(1)));
        Assert.Equal((1, 0), (_world.TheIncident.Members[wave].Failures, _world.TheIncident.Attempts));
        Assert.Equal([wave], _world.Targets.Values.Where(v => v.FallbackHpa is not null).Select(v => v.Id)); // the next wave goes on with the others
        Assert.NotNull(_world.Targets[wave].FallbackHpa);
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, wave.Name, firing: false, fingerprint: wave.Name, startsAt: World.Start.AddMinutes(1)));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void A_target_that_is_deleted_and_made_again_is_judged_anew()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        var fresh = new World("a")["a"] with { Uid = "uid-new", ResourceVersion = "900" };
        _world["a"] = fresh;
        _world.Run();
        Assert.Equal("uid-new", _world.Panel.Targets[World.Id("a")].Uid);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.TargetGone);
    }

    [Theory]
    [InlineData(Stage.Tripped)]
    [InlineData(Stage.Cooldown)]
    [InlineData(Stage.Verify)]
    [InlineData(Stage.Canary)]
    [InlineData(Stage.Wave)]
    public void Targets_that_go_away_at_any_stage_do_not_stop_the_rest(Stage stage)
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = stage != Stage.Tripped;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == stage, $"{stage}");
        var gone = _world.TheIncident.Recovery.Batch is [var one, ..] ? one.Name : "a";
        _world.Change(gone, v => v with { Deleting = true });
        _world.Pass(2);
        _world.Delete(gone);
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(3, _world.Targets.Count);
        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Keda, Assert.Single(v.Hpas).Owner));
        Assert.Empty(_world.Panel.Targets);
    }

    [Fact]
    public void When_every_target_goes_away_the_incident_closes_and_its_page_resolves()
    {
        _world.Run();
        _world.Hear(Given.Trip(_world, "a", duration: TimeSpan.FromMinutes(1)));
        _world.Delete("a");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
        Assert.Empty(_world.Panel.Targets);
    }

    [Fact]
    public void One_that_hangs_in_deletion_neither_fails_a_wave_nor_keeps_the_incident_open()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Verify, "verifying");
        _world.Change("a", v => v with { Deleting = true });
        var version = _world["a"].ResourceVersion;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(version, _world["a"].ResourceVersion);
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.PutBackOnFallback);
    }
}
