namespace Sophia.Keda.Reactor.Core.Tests.Recovering;

/// <summary>The world begins on Monday 2 March 2026 at 02:00 UTC, which is 03:00 in Berlin.</summary>
public sealed class RecoveryWindowTests
{
    private readonly World _world = new("a", "b", "c", "d");

    public RecoveryWindowTests() => _world.Policy = _world.Policy with
    {
        RecoveryWindows = [new TimeWindow { Start = "0 4 * * *", End = "0 17 * * *", Zone = "Europe/Berlin" }],
    };

    private int OnFallback => _world.Targets.Values.Count(v => v.FallbackHpa is not null);

    private void TripAndHeal()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
    }

    [Fact]
    public void At_night_it_trips_at_once_and_recovery_waits_for_the_window_that_it_names()
    {
        TripAndHeal();
        _world.Pass(20);
        Assert.Equal((4, Stage.Verify), (OnFallback, _world.TheIncident.Recovery.Stage));
        var next = NextStep.Of(_world.Panel, _world.TheIncident, _world.Policy, _world.Now);
        Assert.StartsWith("Recovery waits for the window that opens Mon 04:00 Europe/Berlin; then 3 good probes", next.Words);
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 3, 0, 0, TimeSpan.Zero), next.At);
        Assert.Single(_world.Pages, p => p.Title.Contains("waits for the window that opens Mon 04:00 Europe/Berlin", StringComparison.Ordinal));
        Assert.Single(_world.Audit, a => a.Reason == Reason.RecoveryWaitsForWindow);
    }

    [Fact]
    public void When_it_opens_the_canary_goes_at_once_and_all_are_back_before_it_closes()
    {
        TripAndHeal();
        _world.PassUntil(() => _world.Now >= World.Start.AddHours(1), "the window");
        Assert.Equal(Stage.Canary, _world.TheIncident.Recovery.Stage);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
        Assert.Equal(0, OnFallback);
    }

    [Fact]
    public void A_canary_under_way_when_it_closes_is_judged_and_stays_back_and_the_rest_waits()
    {
        _world.Policy = _world.Policy with { RecoveryWindows = [new TimeWindow { Start = "0 * * * *", Duration = TimeSpan.FromMinutes(8), Zone = "UTC" }] };
        TripAndHeal();
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        Assert.Contains("then the next wave, which waits for the window that opens Mon 03:00 UTC", NextStep.Of(_world.Panel, _world.TheIncident, _world.Policy, _world.Now).Words, StringComparison.Ordinal);
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage != Stage.Canary, "a judgement");
        Assert.Equal(3, OnFallback);
        Assert.Equal(0, _world.TheIncident.Attempts);
        Assert.Single(_world.Audit, a => a.Reason == Reason.GatePassed);
        _world.PassUntil(() => _world.Now >= World.Start.AddMinutes(59), "the last minute before the window");
        Assert.Equal(3, OnFallback);
        Assert.Single(_world.Audit, a => a.Reason == Reason.GatePassed);
        _world.Pass(2);
        Assert.Equal(2, OnFallback);
    }

    [Fact]
    public void A_bad_gate_outside_the_window_puts_back_all_the_same()
    {
        _world.Policy = _world.Policy with { RecoveryWindows = [new TimeWindow { Start = "0 * * * *", Duration = TimeSpan.FromMinutes(8), Zone = "UTC" }] };
        TripAndHeal();
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary");
        _world.PassUntil(() => _world.Now >= World.Start.AddMinutes(9), "the end of the window");
        var canary = _world.TheIncident.Recovery.Batch.Single();
        _world.KedaHpaShows(canary.Name, "False", "AmbiguousSelector");
        _world.Pass(2);
        Assert.Equal(4, OnFallback);
        Assert.Equal(1, _world.TheIncident.Members[canary].Failures);
    }

    [Theory]
    [InlineData(ResetMode.Gradual)]
    [InlineData(ResetMode.Immediate)]
    public void A_reset_by_hand_is_not_bound_by_windows(ResetMode mode)
    {
        TripAndHeal();
        _world.Pass(10);
        _world.Hear(Given.Reset(_world, null, mode));
        Assert.DoesNotContain("window", NextStep.Of(_world.Panel, _world.TheIncident, _world.Policy, _world.Now).Words, StringComparison.Ordinal);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
        Assert.True(_world.Now < World.Start.AddHours(1), "before the window opens");
        Assert.Equal(0, OnFallback);
    }

    [Fact]
    public void What_a_reset_left_over_is_bound_again()
    {
        TripAndHeal();
        _world.Pass(10);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Verify, "the rest");
        _world.Pass(10);
        Assert.Equal(3, OnFallback);
        Assert.Null(_world["a"].FallbackHpa);
    }
}
