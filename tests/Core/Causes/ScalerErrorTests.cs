namespace Sophia.Keda.Reactor.Core.Tests.Causes;

public sealed class ScalerErrorTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private void Fail(string name, string how) => _world.Change(name, v => how switch
    {
        "metric" => v with { Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = new("False", "FailedGetExternalMetric", "redis is down") })] },
        "mirror" => v with { HpaActive = new("False", "FailedGetExternalMetric", "redis is down"), Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = null })] },
        "mirror without a reason" => v with { HpaActive = new("False", "HPAMetricsUnavailable", ""), Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = new("Unknown", "", "") })] },
        "ready" => v with { Ready = new("False", "TriggerError", "no redis") },
        "fallback" => v with { KedaFallback = new("True", "FallbackExists", "at least one trigger is falling back") },
        _ => throw new ArgumentOutOfRangeException(nameof(how)),
    });

    [Theory]
    [InlineData("metric")]
    [InlineData("mirror")]
    [InlineData("mirror without a reason")]
    [InlineData("ready")]
    [InlineData("fallback")]
    public void Five_failing_probes_in_a_row_trip_that_target_and_four_do_not(string how)
    {
        _world.Run();
        Fail("a", how);
        _world.Pass(2); // four probes
        Assert.Empty(_world.Panel.Incidents);
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(Cause.ScalerErrors, _world.TheIncident.Cause);
        Assert.Equal([World.Id("a")], _world.TheIncident.Members.Keys);
        Assert.Contains("failed 5 probes in a row", _world.TheIncident.Why);
    }

    /// <summary>A mirror as old as KEDA's last poll, which may be minutes ago, says less than the HPA.</summary>
    [Theory]
    [InlineData("False", "FailedGetExternalMetric", "True")]
    [InlineData("Unknown", "", null)]
    [InlineData("False", "AmbiguousSelector", null)]
    public void A_condition_that_the_HPA_contradicts_or_that_says_nothing_of_metrics_is_no_evidence(string status, string reason, string? hpa)
    {
        _world.Run();
        _world.Change("a", v => v with
        {
            HpaActive = new(status, reason, ""),
            Ready = new("Unknown", "", ""),
            KedaFallback = new("Unknown", "", ""),
            Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = hpa is null ? null : new(hpa, "ValidMetricFound", "") })],
        });
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
    }

    /// <summary>2.20.0 and 2.20.1 turn Ready False with HPAMetricsUnavailable for whatever the HPA says, a second HPA beside it too.</summary>
    [Fact]
    public void An_HPA_of_others_that_cancelled_KEDAs_for_minutes_is_no_failure_of_its_scalers_once_it_is_gone()
    {
        _world.Run();
        _world.Change("a", v => v with
        {
            Ready = new("False", "HPAMetricsUnavailable", ""),
            Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = new("False", "AmbiguousSelector", "pods by selector are controlled by multiple HPAs") })],
        });
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void One_good_probe_starts_the_count_anew()
    {
        _world.Run();
        Fail("a", "ready");
        _world.Pass(2);
        _world.Change("a", v => v with { Ready = new("True", "ScaledObjectReady", "") });
        _world.Pass(TimeSpan.FromSeconds(30));
        Fail("a", "ready");
        _world.Pass(2);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void Many_signals_between_two_probes_do_not_count_as_probes()
    {
        _world.Run();
        Fail("a", "ready");
        for (var i = 0; i < 20; i++)
        {
            _world.Skip(TimeSpan.FromSeconds(3));
            _world.Run();
        }

        Assert.Equal(2, _world.Panel.Windows[World.Id("a")].Failures);
    }

    [Fact]
    public void A_status_frozen_by_a_pause_of_others_is_not_judged()
    {
        _world.Run();
        _world.Annotate("a", Annotations.Paused, "true");
        Fail("a", "ready");
        Fail("a", "fallback");
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Panel.Windows);
    }

    [Fact]
    public void A_failing_HPA_younger_than_two_syncs_is_not_judged()
    {
        _world.Run();
        for (var i = 0; i < 8; i++)
        {
            _world.Skip(TimeSpan.FromSeconds(30));
            _world.Change("a", v => v with
            {
                Hpas = [World.KedaHpa("a", 4, _world.Now - TimeSpan.FromSeconds(29)) with { ScalingActive = new("False", "FailedGetExternalMetric", "") }],
            });
            _world.Run();
        }

        Assert.Empty(_world.Panel.Windows);
    }

    [Fact]
    public void Zero_replicas_are_healthy()
    {
        _world.Run();
        _world.KedaHpaShows("a", "False", "ScalingDisabled");
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void While_the_operator_shows_a_sign_failing_targets_are_its_symptom()
    {
        _world.Run();
        foreach (var name in new[] { "a", "b" })
            _world.Sourceless.Add(name);
        _world.OperatorAlive = false;
        _world.Pass(5);
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_failed_while_KEDA_was_sick_is_counted_anew_once_it_is_well(bool operatorIsSick)
    {
        // The sign comes and goes within unhealthy_for, over and over: nothing lasts, and HPAs need a sync after each return.
        _world.Run();
        Fail("a", "metric");
        for (var i = 0; i < 4; i++)
        {
            _world.OperatorAlive = !operatorIsSick;
            _world.MetricsServerUp = operatorIsSick;
            _world.Pass(TimeSpan.FromSeconds(90));
            _world.OperatorAlive = _world.MetricsServerUp = true;
            _world.Pass(TimeSpan.FromSeconds(30));
        }

        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void A_source_that_comes_back_lets_the_canary_through_and_one_that_does_not_puts_it_back()
    {
        _world.Run();
        _world.Sourceless.Add("a");
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.PassUntil(() => _world.TheIncident.Attempts == 1, "a failed canary");
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        _world.Sourceless.Clear();
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
    }
}
