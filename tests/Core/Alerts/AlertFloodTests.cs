using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Alerts;

/// <summary>A sender that goes wrong: thousands of alerts with fingerprints of their own. People hear of it once, and memory has a bound.</summary>
public sealed class AlertFloodTests
{
    private readonly World _world = new("a", "b", "c");

    public AlertFloodTests() => _world.Run();

    private Page[] Notices => [.. _world.Pages.Where(page => page.IncidentId is null)];

    [Fact]
    public void However_many_say_that_scaling_is_slow_it_is_one_notice_with_a_count()
    {
        Hear(Cause.ScalingLatencyHigh, 1_500);
        _world.Pass(6);

        Assert.Single(_world.Panel.Notices);
        Assert.Single(Notices, page => page.Kind == PageKind.Trigger);
        Assert.InRange(Notices.Length, 1, 3);
        Assert.Contains("1500 alerts", Notices[^1].Title, StringComparison.Ordinal);
        Assert.Contains("and 1490 more", Notices[^1].Happened, StringComparison.Ordinal);
        Assert.Single(Notices.Select(page => page.DedupKey).Distinct());
        Assert.Equal(Notices.Length, Notices.Select(page => page.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(Cause.OperatorUnhealthy)]
    [InlineData(Cause.MetricsServerUnavailable)]
    public void However_many_are_contradicted_it_is_one_notice_for_each_cause(Cause cause)
    {
        Hear(cause, 1_500);
        _world.Pass(6);

        Assert.Single(_world.Panel.Notices);
        Assert.InRange(Notices.Length, 1, 3);
        Assert.Contains("1500 alerts", Notices[^1].Title, StringComparison.Ordinal);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void It_is_over_when_the_last_of_them_is()
    {
        Hear(Cause.ScalingLatencyHigh, 3);
        Over(Cause.ScalingLatencyHigh, 0, 1);
        Assert.DoesNotContain(Notices, page => page.Kind == PageKind.Resolve);

        Over(Cause.ScalingLatencyHigh, 2);

        Assert.Equal(PageKind.Resolve, Notices[^1].Kind);
        Assert.Empty(_world.Panel.Notices);
        Assert.Equal(Notices.Length, Notices.Select(page => page.Id).Distinct().Count());
    }

    [Fact]
    public void A_further_one_is_told_when_there_are_twice_as_many_or_after_five_minutes()
    {
        Hear(Cause.ScalingLatencyHigh, 4);
        var told = Notices.Length;
        _world.Skip(TimeSpan.FromSeconds(10));
        _world.Hear(One(Cause.ScalingLatencyHigh, 5));
        Assert.Equal(told, Notices.Length);

        _world.Pass(5);

        Assert.Equal(told + 1, Notices.Length);
        Assert.Equal(PageKind.Update, Notices[^1].Kind);
        Assert.Contains("5 alerts", Notices[^1].Title, StringComparison.Ordinal);
        _world.Pass(5);
        Assert.Equal(told + 1, Notices.Length);
    }

    [Fact]
    public void A_notice_that_the_version_before_opened_for_one_alert_ends_with_it()
    {
        var alert = One(Cause.ScalingLatencyHigh, 1);
        var old = new Notice { DedupKey = "old", Since = _world.Now, Title = "Scaling is slow for sophia-mesh/a", Severity = Severity.Warning, Cause = Cause.ScalingLatencyHigh };
        _world.Panel = _world.Panel with { Notices = _world.Panel.Notices.Add("latency/" + alert.Fingerprint, old).Add("contradicted/gone", old with { DedupKey = "gone" }) };

        _world.Hear(alert);
        Assert.Equal([("gone", PageKind.Resolve)], Notices.Select(page => (page.DedupKey, page.Kind)));
        _world.Hear(alert with { Firing = false, EndsAt = _world.Now, Key = "over" });

        Assert.Equal([("gone", "gone#2"), ("old", "old#2")], Notices.Select(page => (page.DedupKey, page.Id)));
        Assert.Empty(_world.Panel.Notices);
    }

    [Fact]
    public void Of_alerts_the_least_telling_are_let_go()
    {
        _world.Hear(One(Cause.ScalerErrors, 1, "a"));
        Assert.Single(_world.Panel.Incidents);
        Hear(Cause.FallbackActive, 10);
        Over(Cause.FallbackActive, [.. Enumerable.Range(0, 10)]);
        Hear(Cause.ScalingLatencyHigh, PanelBounds.Alerts, from: 100);

        Assert.Equal(PanelBounds.Alerts, _world.Panel.Alerts.Count);
        Assert.DoesNotContain(_world.Panel.Alerts.Values, memory => !memory.Counts);
        Assert.Contains(_world.Panel.Alerts.Values, memory => memory.Alert.Cause == Cause.ScalerErrors);
        Assert.True(_world.TheIncident.Evidence.Values.Single().Standing);
        var letGo = _world.Panel.LetGo["alerts"];
        Assert.Equal((11, _world.Now), (letGo.Count, letGo.At));
        Assert.Contains(_world.Audit, record => record is { Reason: Reason.PanelTrimmed } && record.Facts["what"] == "alerts");
    }

    [Fact]
    public void One_that_would_trip_goes_after_those_that_only_page_and_one_of_a_known_target_last()
    {
        var known = Given.Alert(_world, Cause.ScalerErrors, "a", fingerprint: "known");
        var memories = Enumerable.Range(0, PanelBounds.Alerts).Select(n => new AlertMemory { Alert = One(Cause.Oscillation, n), LastSeen = _world.Now })
            .Append(new AlertMemory { Alert = known, LastSeen = World.Start.AddHours(-5), Target = World.Id("a") })
            .Append(new AlertMemory { Alert = One(Cause.ScalingLatencyHigh, -1), LastSeen = _world.Now });
        _world.Panel = _world.Panel with { Alerts = memories.ToImmutableSortedDictionary(m => m.Alert.Fingerprint, m => m) };
        _world.Visible = false;

        _world.Run();

        Assert.Equal(PanelBounds.Alerts, _world.Panel.Alerts.Count);
        Assert.Contains("known", _world.Panel.Alerts.Keys);
        Assert.DoesNotContain(_world.Panel.Alerts.Values, memory => memory.Alert.Cause == Cause.ScalingLatencyHigh);
        Assert.Equal(PanelBounds.Alerts - 1, _world.Panel.Alerts.Values.Count(memory => memory.Alert.Cause == Cause.Oscillation));
    }

    [Fact]
    public void Notices_over_the_bound_end_a_hundred_at_a_time_and_what_is_grave_stays()
    {
        var notices = Enumerable.Range(0, 450).Select(n => KeyValuePair.Create(
            $"maintenance/{n:000}",
            new Notice { DedupKey = $"d{n:000}", Since = World.Start.AddSeconds(n), Title = "a window", Severity = n == 0 ? Severity.Error : Severity.Info }));
        _world.Panel = _world.Panel with { Notices = ImmutableSortedDictionary.CreateRange(notices) };

        _world.Run();
        Assert.Equal(350, _world.Panel.Notices.Count);
        Assert.Equal(100, Notices.Count(page => page.Kind == PageKind.Resolve));
        _world.Run();
        _world.Run();
        _world.Run();

        Assert.Equal(PanelBounds.Notices, _world.Panel.Notices.Count);
        Assert.Contains("maintenance/000", _world.Panel.Notices.Keys);
        Assert.DoesNotContain("maintenance/001", _world.Panel.Notices.Keys);
    }

    [Fact]
    public void Of_evidence_that_is_over_an_open_incident_keeps_the_latest()
    {
        _world.Hear(Given.Trip(_world, "a"));
        var incident = _world.TheIncident;
        var standing = incident.Evidence.Values.Single();
        var ended = Enumerable.Range(0, 1_000).Select(n => standing with { Key = $"old/{n:0000}", EndedAt = World.Start.AddSeconds(n) });
        _world.Panel = _world.Panel with
        {
            Incidents = _world.Panel.Incidents.SetItem(incident.Id, incident with { Evidence = incident.Evidence.AddRange(ended.Select(e => KeyValuePair.Create(e.Key, e))) }),
        };

        _world.Run();

        Assert.Equal(PanelBounds.EndedEvidence + 1, _world.TheIncident.Evidence.Count);
        Assert.True(_world.TheIncident.Evidence[standing.Key].Standing);
        Assert.Contains("old/0999", _world.TheIncident.Evidence.Keys);
    }

    [Fact]
    public void A_program_that_trips_by_hand_without_an_end_is_refused_and_told_what_to_do()
    {
        for (var n = 0; n <= PanelBounds.StandingOrders; n++)
            _world.Hear(Given.Trip(_world, "a", $"trip-{n}"));

        Assert.False(_world.Verdicts[^1].Accepted);
        Assert.Contains("reset some first", _world.Verdicts[^1].Because, StringComparison.Ordinal);
        Assert.True(_world.Verdicts[^2].Accepted);
        _world.Hear(Given.Reset(_world, null, ResetMode.Immediate));
        _world.Hear(Given.Trip(_world, "b", "after"));
        Assert.True(_world.Verdicts[^1].Accepted);
    }

    [Fact]
    public void Answers_to_orders_of_the_whole_cluster_keep_the_targets_of_the_latest()
    {
        var targets = Enumerable.Range(0, 1_000).Select(n => new OrderedTarget("ns", $"t{n}", BreakerState.Open, "nothing")).ToImmutableArray();
        var orders = Enumerable.Range(0, 100).Select(n => new OrderAnswer
        {
            RequestId = $"q{n:000}", At = World.Start.AddSeconds(n - 200), Accepted = true, Reason = Reason.TripOrdered, Detail = "drill", Targets = targets,
        });
        _world.Panel = _world.Panel with { Orders = orders.ToImmutableSortedDictionary(o => o.RequestId, o => o) };

        _world.Hear(Given.Trip(_world, "a"));

        Assert.Equal(101, _world.Panel.Orders.Count);
        Assert.InRange(_world.Panel.Orders.Values.Sum(o => o.Targets.Length), 1_000, PanelBounds.AnsweredTargets);
        Assert.Single(_world.Panel.Orders["r1"].Targets);
        Assert.Empty(_world.Panel.Orders["q000"].Targets);
    }

    [Fact]
    public void What_maintenance_suppresses_has_a_bound()
    {
        var suppressed = Enumerable.Range(0, 2_000).Select(n => KeyValuePair.Create($"alert/{n:0000}", new SuppressedEvidence
        {
            Window = "w", Cause = Cause.ScalerErrors, Reach = new Selection(Scope.Cluster, null, null), What = "it fails", FirstSeen = _world.Now, LastSeen = World.Start.AddSeconds(n),
        }));
        _world.Panel = _world.Panel with { Suppressed = ImmutableSortedDictionary.CreateRange(suppressed) };
        _world.Hear(Given.Maintenance(_world, TimeSpan.FromHours(1)));

        Assert.InRange(_world.Panel.Suppressed.Count, 0, PanelBounds.Suppressed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public void A_flood_keeps_no_trip_waiting(int flood)
    {
        _world.OperatorAlive = false;
        var died = _world.Now;
        for (var look = 0; _world.Panel.Incidents.IsEmpty && look < 10; look++)
        {
            _world.Skip(TimeSpan.FromSeconds(30));
            _world.Hear([.. Enumerable.Range(look * flood, flood).Select(n => One(Cause.ScalingLatencyHigh, n))]);
        }

        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
        Assert.InRange(_world.Now - died, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(3));
        Assert.Equal(3, _world.Panel.Targets.Count);
    }

    private AlertSignal One(Cause cause, int number, string target = "b") =>
        Given.Alert(_world, cause, Core.Causes.ScopeOf(cause) == Scope.Cluster ? null : target, fingerprint: $"{Core.Causes.Slug(cause)}-{number:00000}");

    private void Hear(Cause cause, int count, int from = 0)
    {
        foreach (var some in Enumerable.Range(from, count).Chunk(500))
            _world.Hear([.. some.Select(n => One(cause, n))]);
    }

    private void Over(Cause cause, params int[] numbers) =>
        _world.Hear([.. numbers.Select(n => One(cause, n) with { Firing = false, EndsAt = _world.Now, Key = $"over-{n}" })]);
}
