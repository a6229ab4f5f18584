namespace Sophia.Keda.Reactor.Core.Tests.Alerts;

/// <summary>Alertmanager resolves by endsAt what it did not hear of in time; it comes back with the same startsAt (prometheus #5277, alertmanager #952).</summary>
public sealed class RefireTests
{
    private readonly World _world = new("a", "b", "c", "d");

    public RefireTests() => _world.Run();

    private Verdict Last => _world.Verdicts[^1];

    [Fact]
    public void What_is_repeated_as_firing_more_than_a_minute_after_its_resolve_counts_again_and_stops_the_hand_back()
    {
        Hear(firing: true);
        Hear(firing: false);
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "the hand-back under way");

        Hear(firing: true);

        Assert.Equal((true, Reason.AlertAccepted), (Last.Accepted, Last.Reason));
        Assert.Contains(_world.Audit, a => a.Reason == Reason.EvidenceReturned);
        Assert.Equal(Stage.Tripped, _world.TheIncident.Recovery.Stage);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Theory]
    [InlineData(59, false)]
    [InlineData(60, false)]
    [InlineData(61, true)]
    public void The_border_is_a_minute_by_our_receipt_of_both(int seconds, bool counts)
    {
        Hear(firing: true);
        Hear(firing: false);
        _world.Skip(TimeSpan.FromSeconds(seconds));

        Hear(firing: true);

        Assert.Equal(counts, Last.Accepted);
        Assert.Equal(counts, _world.TheIncident.Evidence.Values.Single().Standing);
    }

    [Fact]
    public void One_that_came_too_soon_counts_at_its_next_repeat()
    {
        Hear(firing: true);
        Hear(firing: false);
        _world.Pass(TimeSpan.FromSeconds(30));
        Hear(firing: true);
        Assert.Contains("more than 60 s", Last.Because);
        _world.Pass(1);

        Hear(firing: true);

        Assert.True(_world.TheIncident.Evidence.Values.Single().Standing);
    }

    [Fact]
    public void A_resolve_that_comes_again_after_that_ends_it_again_and_the_next_repeat_brings_it_back()
    {
        Hear(firing: true);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            Hear(firing: false);
            Assert.Equal(Reason.AlertResolved, Last.Reason);
            Assert.DoesNotContain(_world.TheIncident.Evidence.Values, e => e.Standing);
            _world.Skip(TimeSpan.FromSeconds(70));
            Hear(firing: true);
            Assert.Contains(_world.TheIncident.Evidence.Values, e => e.Standing);
            _world.Skip(TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public void The_same_resolve_from_the_other_one_of_a_pair_does_not_put_the_repeat_off()
    {
        Hear(firing: true);
        Hear(firing: false);
        for (var i = 0; i < 3; i++)
        {
            _world.Skip(TimeSpan.FromSeconds(25));
            Hear(firing: false);
        }

        Hear(firing: true);

        Assert.True(Last.Accepted);
    }

    [Fact]
    public void What_waited_in_the_inbox_counts_by_its_receipt_and_not_by_the_time_of_the_decision()
    {
        Hear(firing: true);
        var resolve = Given.Alert(_world, Cause.ScalerErrors, "a", firing: false);
        _world.Skip(TimeSpan.FromSeconds(70));
        var repeat = Given.Alert(_world, Cause.ScalerErrors, "a");

        _world.Hear(resolve, repeat);

        Assert.Equal(Reason.AlertAccepted, Last.Reason);
        Assert.True(_world.TheIncident.Evidence.Values.Single().Standing);
    }

    [Fact]
    public void Of_a_pair_whose_resolve_overtakes_the_beginning_nothing_counts()
    {
        Hear(firing: false);
        Assert.Contains("never heard", Last.Because);
        _world.Skip(TimeSpan.FromSeconds(20));

        Hear(firing: true);

        Assert.False(Last.Accepted);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void A_clock_that_is_set_back_makes_nothing_deaf()
    {
        Hear(firing: true);
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false) with { ReceivedAt = _world.Now.AddDays(1) });
        _world.Skip(TimeSpan.FromSeconds(30));

        Hear(firing: true);

        Assert.True(Last.Accepted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_with_an_earlier_startsAt_that_goes_on_being_repeated_counts_too(bool resolved)
    {
        var later = World.Start.AddSeconds(15);
        Hear(firing: true, later);
        if (resolved)
            Hear(firing: false, later);
        _world.Skip(TimeSpan.FromSeconds(30));
        Hear(firing: true);
        Assert.Equal(Reason.AlertStale, Last.Reason);
        _world.Skip(TimeSpan.FromSeconds(40));

        Hear(firing: true);

        Assert.True(Last.Accepted);
        Assert.True(_world.TheIncident.Evidence.Values.Single().Standing);
        Hear(firing: false);
        Assert.False(_world.TheIncident.Evidence.Values.Single().Standing);
    }

    [Fact]
    public void Azure_Monitors_end_without_its_beginnings_time_does_not_make_the_alert_deaf()
    {
        AlertSignal Azure(bool firing, DateTimeOffset startsAt) => Given.Alert(_world, Cause.ScalerErrors, "a", firing, startsAt: startsAt) with { Origin = SignalOrigin.AzureMonitor };
        _world.Hear(Azure(true, World.Start));
        _world.Hear(Azure(false, _world.Now.AddSeconds(40)));
        _world.Skip(TimeSpan.FromSeconds(70));

        _world.Hear(Azure(true, World.Start));

        Assert.True(_world.TheIncident.Evidence.Values.Single().Standing);
    }

    [Fact]
    public void A_resolve_that_an_older_version_took_is_dated_by_when_it_was_heard()
    {
        Hear(firing: true);
        Hear(firing: false);
        _world.Panel = _world.Panel with { Alerts = _world.Panel.Alerts.SetItem("f1", _world.Panel.Alerts["f1"] with { ResolvedAt = null }) };
        Hear(firing: true);
        Assert.False(Last.Accepted);
        _world.Skip(TimeSpan.FromSeconds(61));

        Hear(firing: true);

        Assert.True(Last.Accepted);
    }

    [Fact]
    public void The_end_of_an_alert_is_forgotten_after_half_an_hour()
    {
        Hear(firing: false);
        _world.Pass(29);
        Assert.Single(_world.Panel.Alerts);
        _world.Pass(2);
        Assert.Empty(_world.Panel.Alerts);
    }

    [Fact]
    public void What_a_human_overruled_stays_so_while_it_fires_and_counts_again_after_its_resolve()
    {
        Hear(firing: true);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.Pass(2);
        Hear(firing: true);
        Assert.DoesNotContain(_world.Panel.Incidents.Values, i => i.Evidence.Values.Any(e => e.Standing));
        Hear(firing: false);
        _world.Pass(2);

        Hear(firing: true);

        Assert.Contains(_world.Panel.Incidents.Values, i => i.Evidence.Values.Any(e => e.Standing));
    }

    private void Hear(bool firing, DateTimeOffset? startsAt = null) => _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing, startsAt: startsAt));
}
