namespace Sophia.Keda.Reactor.Core.Tests.Alerts;

public sealed class AlertTests
{
    private readonly World _world = new("a", "b", "c", "d");

    public AlertTests() => _world.Run();

    private Verdict Last => _world.Verdicts[^1];

    [Fact]
    public void A_firing_alert_trips_its_target()
    {
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.True(Last.Accepted);
        Assert.Equal(Reason.AlertAccepted, Last.Reason);
        Assert.Equal([World.Id("a")], _world.Panel.Targets.Keys);
    }

    [Fact]
    public void The_same_alert_again_is_a_duplicate_and_changes_nothing()
    {
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        var (pages, written) = (_world.Pages.Count, _world.Written.Count);
        _world.Skip(TimeSpan.FromSeconds(1));
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.True(Last.Accepted);
        Assert.Equal(Reason.AlertDuplicate, Last.Reason);
        Assert.Equal(_world.TheIncident.Id, Last.IncidentId);
        Assert.Equal((pages, written), (_world.Pages.Count, _world.Written.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_older_than_what_is_known_is_stale(bool firing)
    {
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", startsAt: World.Start.AddMinutes(5)));
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing, startsAt: World.Start));
        Assert.False(Last.Accepted);
        Assert.Equal(Reason.AlertStale, Last.Reason);
        Assert.True(_world.TheIncident.Evidence.Values.Single().Standing);
    }

    [Fact]
    public void A_resolve_of_what_was_never_heard_is_ignored_aloud()
    {
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false));
        Assert.False(Last.Accepted);
        Assert.Equal(Reason.AlertStale, Last.Reason);
        Assert.Contains("never heard", Last.Because);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void A_pair_of_Alertmanagers_that_flaps_one_alert_does_not_bring_it_back()
    {
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false));
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.False(Last.Accepted);
        Assert.Equal(Reason.AlertDuplicate, Last.Reason);
        Assert.False(_world.TheIncident.Evidence.Values.Single().Standing);
    }

    [Fact]
    public void A_new_startsAt_after_a_resolve_is_news()
    {
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false));
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", startsAt: World.Start.AddSeconds(1)));
        Assert.Equal(Reason.AlertAccepted, Last.Reason);
        Assert.True(_world.TheIncident.Evidence.Values.Single().Standing);
    }

    [Theory]
    [InlineData("nobody", null, null, null)]
    [InlineData(null, "nobody", null, null)]
    [InlineData(null, null, "nobody", null)]
    [InlineData(null, null, null, "nobody")]
    public void An_unknown_target_is_refused_with_its_name(string? scaledObject, string? deployment, string? statefulSet, string? hpa)
    {
        _world.Hear(Given.Alert(_world, Cause.Oscillation) with { ScaledObject = scaledObject, Deployment = deployment, StatefulSet = statefulSet, Hpa = hpa });
        Assert.False(Last.Accepted);
        Assert.Equal(Reason.AlertTargetUnknown, Last.Reason);
        Assert.Contains("sophia-mesh/nobody", Last.Because);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Panel.Alerts);
    }

    [Fact]
    public void A_target_is_found_by_the_Deployment_that_it_scales()
    {
        _world.Change("a", v => v with { Workload = new("apps/v1", "Deployment", "orchestrator") });
        _world.Hear(Given.Alert(_world, Cause.Oscillation) with { Deployment = "orchestrator" });
        Assert.Equal([World.Id("a")], _world.TheIncident.Members.Keys);
    }

    [Theory]
    [InlineData("StatefulSet", "queue", null)]
    [InlineData("StatefulSet", null, "checkout")]
    [InlineData("Rollout", null, "checkout")]
    public void A_target_is_found_by_its_StatefulSet_and_by_KEDAs_HPA_whatever_its_name(string kind, string? statefulSet, string? hpa)
    {
        _world.Change("a", v => v with { Workload = new("x/v1", kind, "queue"), KedaHpaName = "checkout" });
        _world.Change("b", v => v with { Workload = new("apps/v1", "Deployment", "queue") });
        _world.Hear(Given.Alert(_world, Cause.Oscillation) with { StatefulSet = statefulSet, Hpa = hpa });
        Assert.Equal([World.Id("a")], _world.TheIncident.Members.Keys);
    }

    [Fact]
    public void A_ScaledJob_is_not_taken_for_a_ScaledObject_and_the_refusal_says_what_it_is()
    {
        _world.ScaledJobs = [World.Id("nightly")];
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "nightly"));
        Assert.Equal(Reason.AlertTargetUnknown, Last.Reason);
        Assert.Contains("ScaledJobs are never changed", Last.Because);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void A_Deployment_of_the_same_name_elsewhere_is_not_meant()
    {
        _world.Hear(Given.Alert(_world, Cause.Oscillation) with { Deployment = "a", Namespace = "other" });
        Assert.Equal(Reason.AlertTargetUnknown, Last.Reason);
    }

    [Fact]
    public void A_disabled_breaker_hears_and_does_nothing()
    {
        _world.Policy = _world.Policy with { Enabled = false };
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.Equal(Reason.BreakerDisabled, Last.Reason);
        Assert.False(Last.Accepted);
        _world.OperatorAlive = false;
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
    }

    [Fact]
    public void Slow_scaling_is_paged_once_and_resolved_and_moves_nothing()
    {
        _world.Hear(Given.Alert(_world, Cause.ScalingLatencyHigh, "a"));
        Assert.Equal(Reason.AlertPageOnly, Last.Reason);
        _world.Pass(3);
        Assert.Single(_world.Pages);
        _world.Hear(Given.Alert(_world, Cause.ScalingLatencyHigh, "a", firing: false));
        Assert.Equal([PageKind.Trigger, PageKind.Resolve], _world.Pages.Select(p => p.Kind));
        Assert.Single(_world.Pages.Select(p => p.DedupKey).Distinct());
        Assert.Contains("sophia-mesh/a", _world.Pages[0].Title);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
    }

    [Fact]
    public void A_source_that_answers_with_nothing_is_paged_beside_slow_scaling_and_moves_nothing()
    {
        _world.Hear(Given.Alert(_world, Cause.ScalerEmpty, "a", fingerprint: "e"));
        Assert.Equal(Reason.AlertPageOnly, Last.Reason);
        _world.Hear(Given.Alert(_world, Cause.ScalingLatencyHigh, "a", fingerprint: "s"));
        _world.Pass(3);
        Assert.Equal(["A trigger's source answers with nothing for sophia-mesh/a", "Scaling is slow for sophia-mesh/a"], _world.Pages.Select(p => p.Title));
        Assert.Contains("takes an empty answer for 0", _world.Pages[0].Did);
        _world.Hear(Given.Alert(_world, Cause.ScalerEmpty, "a", firing: false, fingerprint: "e"));
        Assert.Equal((PageKind.Resolve, _world.Pages[0].DedupKey), (_world.Pages[^1].Kind, _world.Pages[^1].DedupKey));
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
    }

    [Fact]
    public void Our_own_fallback_alert_is_noted_on_the_incident_and_never_trips()
    {
        _world.Hear(Given.Alert(_world, Cause.FallbackActive, "b", fingerprint: "other"));
        Assert.Equal(Reason.AlertNoted, Last.Reason);
        Assert.Empty(_world.Panel.Incidents);
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Hear(Given.Alert(_world, Cause.FallbackActive, "a", fingerprint: "own"));
        Assert.Equal(Reason.AlertNoted, Last.Reason);
        Assert.Equal(_world.TheIncident.Id, Last.IncidentId);
        Assert.Single(_world.TheIncident.Evidence);
        Assert.Equal([World.Id("a")], _world.Panel.Targets.Keys);
    }

    [Fact]
    public void An_alert_that_nobody_repeats_or_resolves_ends_after_15_minutes()
    {
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Pass(14);
        Assert.Equal(Stage.Tripped, _world.TheIncident.Recovery.Stage);
        _world.Pass(1);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.EvidenceExpired);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void A_repeated_alert_does_not_expire_and_an_expired_one_counts_again_when_repeated()
    {
        for (var i = 0; i < 4; i++)
        {
            _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
            _world.Pass(10);
        }

        Assert.Equal(Stage.Tripped, _world.TheIncident.Recovery.Stage);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.Single(_world.Panel.Incidents);
    }

    [Fact]
    public void An_alert_for_a_target_that_a_cluster_incident_protects_is_noted_there()
    {
        _world.Policy = _world.Policy with { EvidenceExpires = TimeSpan.FromHours(3) };
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.True(Last.Accepted);
        Assert.Equal(Reason.AlertNoted, Last.Reason);
        Assert.Equal(_world.TheIncident.Id, Last.IncidentId);
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
    }

    [Fact]
    public void An_alert_during_the_canary_of_another_incident_puts_that_canary_back()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary that is back");
        var canary = Assert.Single(_world.TheIncident.Recovery.Batch);
        _world.Hear(Given.Alert(_world, Cause.Oscillation, canary.Name));
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world.Targets[canary].Hpas).Owner);
        Assert.Equal((1, 0), (_world.TheIncident.Members[canary].Failures, _world.TheIncident.Attempts));
        Assert.Contains(_world.Audit, a => a.Reason == Reason.GateNewEvidence);
        _world.Hear(Given.Alert(_world, Cause.Oscillation, canary.Name, firing: false));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void An_alert_heard_while_blind_finds_its_target_when_sight_returns()
    {
        _world.Visible = false;
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.True(Last.Accepted);
        Assert.Empty(_world.Panel.Incidents);
        _world.Visible = true;
        _world.Run();
        Assert.Equal([World.Id("a")], _world.TheIncident.Members.Keys);
    }

    [Fact]
    public void A_target_scope_incident_touches_that_target_alone()
    {
        _world.Hear(Given.Alert(_world, Cause.Oscillation, "a"));
        _world.Pass(2);
        _world.Hear(Given.Alert(_world, Cause.Oscillation, "a", firing: false));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.All(_world.Written, w => Assert.Equal(World.Id("a"), w.Target));
    }
}
