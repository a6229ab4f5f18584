namespace Sophia.Keda.Reactor.Core.Tests.Recovering;

public sealed class RepeatTests
{
    private readonly World _world = new("a", "b", "c");

    public RepeatTests() => _world.Run();

    private void Oscillate(string name)
    {
        _world.GoBackAndForth(name, 5);
        Assert.Equal(Cause.Oscillation, _world.TheIncident.Cause);
    }

    private void TripAndRecover(string name)
    {
        Oscillate(name);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
        _world.Shows(name);
        _world.Pass(11);
    }

    [Fact]
    public void A_first_trip_waits_no_longer_than_the_cooldown()
    {
        Oscillate("a");
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Cooldown, "a cooldown");
        Assert.Null(_world.TheIncident.Recovery.NotBefore);
    }

    [Fact]
    public void A_second_trip_of_the_same_target_waits_longer_and_says_so()
    {
        TripAndRecover("a");
        Oscillate("a");
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Cooldown, "a cooldown");
        Assert.InRange((_world.TheIncident.Recovery.NotBefore!.Value - _world.Now) / TimeSpan.FromMinutes(2), 0.8, 1.2);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.RepeatWaitsLonger && a.IncidentId == _world.TheIncident.Id);
        Assert.Equal(_world.TheIncident.Recovery.NotBefore, NextStep.Of(_world.Panel, _world.TheIncident, _world.Policy, _world.Now).At);
    }

    [Fact]
    public void Another_target_or_another_cause_is_no_repeat()
    {
        TripAndRecover("a");
        Oscillate("b");
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Cooldown, "a cooldown");
        Assert.Null(_world.TheIncident.Recovery.NotBefore);
        Assert.Equal(["oscillation/sophia-mesh/a", "oscillation/sophia-mesh/b"], _world.Panel.PastTrips.Keys);
    }

    [Fact]
    public void After_the_window_a_trip_is_forgotten()
    {
        TripAndRecover("a");
        Assert.Single(_world.Panel.PastTrips);
        _world.Skip(_world.Policy.RepeatWindow);
        _world.Run();
        Assert.Empty(_world.Panel.PastTrips);
        Oscillate("a");
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Cooldown, "a cooldown");
        Assert.Null(_world.TheIncident.Recovery.NotBefore);
    }

    [Fact]
    public void The_wait_grows_with_each_repeat_up_to_the_longest()
    {
        var policy = new Policy { WaitJitterPercent = 0 };
        Assert.Equal([2, 4, 6, 30, 30], new[] { 1, 2, 3, 15, 40 }.Select(n => (int)Backoff.OfRepeats(policy, "i", n).TotalMinutes));
    }

    [Fact]
    public void The_third_trip_waits_for_a_human_with_the_numbers_seen()
    {
        TripAndRecover("a");
        TripAndRecover("a");
        Oscillate("a");
        var hold = _world.TheIncident.Hold!;
        Assert.Equal(("policy", Reason.HeldAfterAttempts), (hold.By, hold.Reason));
        Assert.Contains("sophia-mesh/a tripped 3 times for oscillation within 12 h: its triggers conflict: 4 rescales a minute between 1 and 5; an operator must release it", hold.Words);
        var page = _world.Pages[^1];
        Assert.Contains("a human must decide", _world.Pages.Last(p => p.IncidentId == _world.TheIncident.Id && p.Title.Contains("held", StringComparison.Ordinal)).Title);
        Assert.Contains("/release", page.YouMay);
        _world.Pass(60);
        Assert.NotNull(_world["a"].FallbackHpa);
        Assert.Single(_world.Audit, a => a.Reason == Reason.HeldAfterRepeats);
    }

    [Fact]
    public void A_release_lets_it_go_on_and_is_not_asked_again()
    {
        TripAndRecover("a");
        TripAndRecover("a");
        Oscillate("a");
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Release));
        Assert.Null(_world.TheIncident.Hold);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
        Assert.Null(_world["a"].FallbackHpa);
    }

    [Theory]
    [InlineData("error parsing redis metadata: no address or host given", true)]
    [InlineData("redis is down", false)]
    public void Scaler_errors_ask_a_human_only_when_they_read_like_configuration(string message, bool asks)
    {
        for (var trip = 1; trip <= 3; trip++)
        {
            _world.Change("b", v => v with { Ready = new("False", "ScaledObjectCheckFailed", message) });
            _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
            _world.Change("b", v => v with { Ready = new("True", "ScaledObjectReady", "") });
            if (trip < 3)
                _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
        }

        Assert.Equal(asks, _world.TheIncident.Hold is not null);
        if (asks)
            Assert.Contains($"its trigger can't work as it is configured: Ready=False, ScaledObjectCheckFailed: {message}", _world.TheIncident.Hold!.Words);
    }

    [Theory]
    [InlineData("no scaler found for type: temporal", true)]
    [InlineData("error parsing redis metadata", true)]
    [InlineData("unable to parse trigger", true)]
    [InlineData("failed to parse threshold", true)]
    [InlineData("can't parse activationThreshold", true)]
    [InlineData("cannot parse the address", true)]
    [InlineData("unknown trigger type", true)]
    [InlineData("ScaledObject doesn't have correct scaletargetref specification", true)]
    [InlineData("unsupported trigger cron", true)]
    [InlineData("error building kafka client", true)]
    [InlineData("configmap \"kafka\" not found", true)]
    [InlineData("serviceaccount \"reader\" not found", true)]
    [InlineData("clustertriggerauthentication \"all\" not found", true)]
    [InlineData("queue \"orders\" not found", false)]
    [InlineData("secret \"redis\" is locked", false)]
    [InlineData("kafka metadata: username is given", false)]
    [InlineData("kafka metadata: no answer", false)]
    [InlineData("a token was given, and no answer came", false)]
    [InlineData("ScaledObject doesn't have correct triggers specification", true)]
    [InlineData("TriggerAuthentication.keda.sh \"redis-auth\" not found", true)]
    [InlineData("secret \"redis\" not found", true)]
    [InlineData("kafka metadata: no username given", true)]
    [InlineData("dial tcp 10.0.0.1:6379: connect: connection refused", false)]
    [InlineData("Triggers defined in ScaledObject are not working correctly", false)]
    [InlineData("context deadline exceeded", false)]
    public void KEDAs_words_tell_a_fault_of_the_configuration_from_a_source_that_is_away(string words, bool configuration) =>
        Assert.Equal(configuration, ConfigurationFault.Reads(words));

    [Fact]
    public void A_cause_that_is_always_automatic_never_asks()
    {
        _world.Policy = _world.Policy with { Recoveries = _world.Policy.Recoveries.SetItem(Cause.Oscillation, RecoveryMode.Automatic) };
        TripAndRecover("a");
        TripAndRecover("a");
        TripAndRecover("a");
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.HeldAfterRepeats);
    }

    [Fact]
    public void A_manual_cause_is_held_from_the_first_page_until_an_operator_releases_it()
    {
        _world.Policy = _world.Policy with { Recoveries = _world.Policy.Recoveries.SetItem(Cause.OperatorUnhealthy, RecoveryMode.Manual) };
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        var first = _world.Pages.First(p => p.IncidentId == _world.TheIncident.Id);
        Assert.Contains("Nothing until a human releases it", first.Next);
        Assert.Contains("recovery from operator-unhealthy is manual (recovery.causes): an operator must release it", first.Next);
        Assert.Contains("/release", first.YouMay);
        Assert.Contains(_world.Audit, a => a is { Reason: Reason.HeldByPolicy, Actor: "policy" });
        _world.OperatorAlive = true;
        _world.Pass(60);
        Assert.All(_world.Targets.Values, v => Assert.NotNull(v.FallbackHpa));
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Release));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
        Assert.All(_world.Targets.Values, v => Assert.Null(v.FallbackHpa));
    }

    [Fact]
    public void An_operator_that_dies_night_after_night_is_one_memory_and_not_one_for_each_target()
    {
        for (var night = 0; night < 2; night++)
        {
            _world.OperatorAlive = false;
            _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
            _world.OperatorAlive = true;
            _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
        }

        Assert.Equal(("operator-unhealthy", 2), (Assert.Single(_world.Panel.PastTrips).Key, _world.Panel.PastTrips["operator-unhealthy"].Trips.Length));
    }

    [Fact]
    public void The_memory_is_bounded()
    {
        var trips = new PastTrips { Trips = [.. Enumerable.Range(0, 16).Select(n => new PastTrip(_world.Now.AddSeconds(n), $"i{n}", ""))] };
        var past = _world.Panel.PastTrips.Add("oscillation/sophia-mesh/a", trips);
        for (var n = 0; n < 600; n++)
            past = past.Add($"oscillation/other/{n}", new PastTrips { Trips = [new PastTrip(_world.Now.AddSeconds(-n), "i", "")] });
        _world.Panel = _world.Panel with { PastTrips = past };
        Oscillate("a");
        Assert.Equal((500, 16), (_world.Panel.PastTrips.Count, _world.Panel.PastTrips["oscillation/sophia-mesh/a"].Trips.Length));
        Assert.DoesNotContain("oscillation/other/599", _world.Panel.PastTrips.Keys);
    }

    [Fact]
    public void Observe_only_never_waits_for_a_human()
    {
        _world.Policy = _world.Policy with { ObserveOnly = true, Recoveries = _world.Policy.Recoveries.SetItem(Cause.Oscillation, RecoveryMode.Manual) };
        Oscillate("a");
        Assert.Null(_world.TheIncident.Hold);
    }
}
