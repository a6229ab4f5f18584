namespace Sophia.Keda.Reactor.Core.Tests.Overlap;

/// <summary>Alerts that come and go: by themselves, or because our own pause silenced them.</summary>
public sealed class FlappingTests
{
    private readonly World _world = new("a", "b", "c", "d");

    public FlappingTests() => _world.Run();

    [Fact]
    public void Firing_resolved_firing_is_one_incident_that_never_begins_to_recover()
    {
        for (var i = 0; i < 10; i++)
        {
            _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", startsAt: _world.Now));
            _world.Pass(TimeSpan.FromSeconds(30));
            _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false, startsAt: _world.Now - TimeSpan.FromSeconds(30)));
            _world.Pass(TimeSpan.FromSeconds(30));
        }

        Assert.Single(_world.Pages, p => p.Kind == PageKind.Trigger);
        Assert.Equal(0, _world.TheIncident.Attempts);
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.CanaryStarted);
        Assert.Equal(3, _world.Written.Count);
    }

    [Fact]
    public void A_resolve_that_our_own_pause_caused_leads_to_a_canary_that_finds_out()
    {
        _world.Sourceless.Add("a");
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false));
        _world.PassUntil(() => _world.TheIncident.Attempts == 1, "the canary that finds out");
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        _world.Sourceless.Clear();
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void A_resolve_that_never_comes_ends_when_nobody_repeats_it_and_the_probe_is_clean()
    {
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Contains(_world.Audit, a => a.Reason == Reason.EvidenceExpired);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void An_operator_that_comes_and_goes_within_the_cooldown_is_one_incident()
    {
        for (var i = 0; i < 6; i++)
        {
            _world.OperatorAlive = false;
            _world.Pass(3);
            _world.OperatorAlive = true;
            _world.Pass(TimeSpan.FromSeconds(30));
        }

        Assert.Single(_world.Pages, p => p.Kind == PageKind.Trigger);
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.CanaryStarted);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }
}
