namespace Sophia.Keda.Reactor.Core.Tests.Causes;

/// <summary>The external metrics API leads to somebody else, and stays Available (kedacore/keda#6475).</summary>
public sealed class TakenMetricsTests
{
    private readonly World _world = new("a", "b", "c", "d");

    [Fact]
    public void It_trips_once_it_has_lasted_also_while_the_APIService_is_Available()
    {
        _world.Pass(1);
        _world.MetricsTaken = Given.Taken(_world);
        _world.Pass(2);
        Assert.Empty(_world.Panel.Incidents);
        _world.Pass(1);
        Assert.Equal(Cause.MetricsServerUnavailable, _world.TheIncident.Cause);
        Assert.Equal(4, _world.TheIncident.Members.Count(m => m.Value.State == MemberState.Protected));
        Assert.All(_world.Decisions, d => Assert.True(d.Input.Observation!.MetricsServer.Available));
    }

    [Fact]
    public void The_page_names_the_thief_who_wrote_it_whose_it_is_and_the_command_that_gives_it_back()
    {
        Trip();
        var page = _world.Pages[0];
        Assert.Equal("KEDA's metrics API leads to somebody else: 4 workloads to fallback", page.Title);
        Assert.Equal(
            "APIService v1beta1.external.metrics.k8s.io leads to Service datadog/datadog-cluster-agent-metrics-api since 02:01:30Z, not to KEDA's metrics server "
            + "keda-system/keda-metrics-apiserver; last written by datadog-operator 02:01:00Z.",
            page.Happened);
        Assert.StartsWith($"Make it KEDA's again: {_world.MetricsGiveBack}", page.YouMay);
        Assert.Equal(Severity.Critical, page.Severity);
    }

    [Fact]
    public void A_name_that_is_given_back_and_taken_again_in_time_begins_anew()
    {
        for (var time = 0; time < 5; time++)
        {
            _world.MetricsTaken = Given.Taken(_world);
            _world.Pass(TimeSpan.FromMinutes(1.5));
            _world.MetricsTaken = null;
            _world.Pass(TimeSpan.FromSeconds(30));
        }

        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void Given_back_the_workloads_go_back_and_taken_again_in_the_middle_they_are_put_back_until_it_is_given_back()
    {
        Trip();
        _world.MetricsTaken = null;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Wave, "a wave");
        _world.MetricsTaken = Given.Taken(_world);
        _world.PassUntil(() => _world.TheIncident.Evidence[EvidenceFromProbe.MetricsTaken].Standing, "evidence again");
        Assert.All(_world.TheIncident.Members.Values, m => Assert.Equal(MemberState.Protected, m.State));
        Assert.StartsWith("Make it KEDA's again: ", _world.Pages[^1].YouMay);
        _world.MetricsTaken = null;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.DoesNotContain("Make it KEDA's again", _world.Pages[^1].YouMay);
        Assert.Empty(_world.Panel.Targets);
    }

    [Fact]
    public void Nobody_is_handed_back_while_it_is_taken()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.MetricsTaken = Given.Taken(_world);
        _world.OperatorAlive = true;
        _world.Pass(30);
        Assert.Equal(4, _world.Panel.Targets.Count);
    }

    [Fact]
    public void Its_alert_trips_at_once_when_the_name_is_seen_taken()
    {
        _world.Pass(1);
        _world.MetricsTaken = Given.Taken(_world);
        _world.Hear(Given.Alert(_world, Cause.MetricsServerUnavailable));
        Assert.Equal(Cause.MetricsServerUnavailable, _world.TheIncident.Cause);
    }

    [Fact]
    public void Doubt_is_no_sign_and_health_has_it()
    {
        _world.MetricsDoubt = "no Deployment of KEDA's metrics server was found";
        _world.Pass(30);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Pages);
        Assert.Contains("to whom APIService v1beta1.external.metrics.k8s.io leads can't be told: no Deployment of KEDA's metrics server was found", _world.Panel.Signs.NotJudged);
    }

    [Fact]
    public void Doubt_ends_no_incident_either()
    {
        Trip();
        (_world.MetricsTaken, _world.MetricsDoubt) = (null, "Service x/y can't be read");
        _world.Pass(30);
        Assert.True(_world.TheIncident.Evidence[EvidenceFromProbe.MetricsTaken].Standing);
        Assert.Equal(4, _world.Panel.Targets.Count);
        _world.MetricsDoubt = "";
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void A_gap_in_what_was_seen_begins_the_two_minutes_anew()
    {
        _world.MetricsTaken = Given.Taken(_world);
        _world.Pass(1);
        _world.Skip(TimeSpan.FromMinutes(10));
        _world.Run();
        Assert.Empty(_world.Panel.Incidents);
        Assert.Equal(_world.Now, _world.Panel.Signs.MetricsTakenSince);
    }

    [Fact]
    public void An_APIService_that_is_gone_is_told_with_what_makes_it_again()
    {
        _world.Pass(1);
        (_world.MetricsServerUp, _world.MetricsServerAbsent) = (false, true);
        _world.MetricsGiveBack = "helm -n keda-system get manifest keda | kubectl apply --server-side --force-conflicts -f -";
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.StartsWith($"Make it KEDA's again: {_world.MetricsGiveBack}. ", _world.Pages[0].YouMay);
        Assert.Equal("KEDA's metrics server is down: 4 workloads to fallback", _world.Pages[0].Title);
    }

    private void Trip()
    {
        _world.Pass(1);
        _world.MetricsTaken = Given.Taken(_world);
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }
}
