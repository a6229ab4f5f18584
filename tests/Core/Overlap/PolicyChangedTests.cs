namespace Sophia.Keda.Reactor.Core.Tests.Overlap;

/// <summary>A policy that is changed between two runs, while an incident is open.</summary>
public sealed class PolicyChangedTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private void Trip()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Pass(1);
    }

    private void Ends()
    {
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Keda, Assert.Single(v.Hpas).Owner));
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
    }

    [Fact]
    public void Disabled_with_targets_away_it_gives_them_back_step_by_step_once_KEDA_is_well()
    {
        Trip();
        _world.Policy = _world.Policy with { Enabled = false };
        _world.Pass(10);
        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Reactor, Assert.Single(v.Hpas).Owner));
        _world.OperatorAlive = true;
        Ends();
    }

    [Fact]
    public void Observe_only_with_targets_away_writes_nothing_says_so_and_closes_nothing()
    {
        Trip();
        _world.Policy = _world.Policy with { ObserveOnly = true };
        var written = _world.Written.Count;
        _world.OperatorAlive = true;
        _world.Pass(60);
        Assert.Equal(written, _world.Written.Count);
        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Reactor, Assert.Single(v.Hpas).Owner));
        Assert.Equal(0, _world.TheIncident.Attempts);
        Assert.Contains("observe-only", _world.Panel.WritesStop!.Words(_world.Now));
        Assert.Contains(_world.Pages, p => p.Title.Contains("writes nothing", StringComparison.Ordinal));
        _world.Policy = _world.Policy with { ObserveOnly = false };
        Ends();
        Assert.Null(_world.Panel.WritesStop);
    }

    [Fact]
    public void Observe_only_with_nothing_away_is_no_stop_of_writes()
    {
        _world.Policy = _world.Policy with { ObserveOnly = true };
        Trip();
        Assert.Null(_world.Panel.WritesStop);
        Assert.Empty(_world.Panel.Targets);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(10, 20, 30, 40, 50, 60, 70, 80, 90, 100)]
    [InlineData(50, 100)]
    public void Other_waves_in_the_middle_of_recovery_still_end_with_everything_back(params int[] waves)
    {
        Trip();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Wave, Wave: > 0 }, "the second wave");
        _world.Policy = _world.Policy with { Waves = [.. waves] };
        Ends();
    }

    [Fact]
    public void Without_the_fallback_step_what_is_away_stays_as_it_is_and_what_comes_later_is_frozen()
    {
        Trip();
        _world.Policy = _world.Policy with { OnTrip = _world.Policy.OnTrip.Remove(TripAction.EnableHpaFallback) };
        _world.Add("late");
        _world.Pass(2);
        Assert.Empty(_world["late"].Hpas);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        _world.OperatorAlive = true;
        Ends();
    }

    [Fact]
    public void Another_aim_for_the_CPU_is_applied_to_the_fallbacks_that_stand()
    {
        Trip();
        _world.Policy = _world.Policy with { CpuUtilization = 75 };
        _world.Pass(1);
        Assert.All(_world.Targets.Values, v => Assert.Equal(75, v.FallbackHpa!.CpuUtilization));
        Assert.Empty(_world.Panel.Targets.Values.SelectMany(t => t.PutBacks));
    }

    [Fact]
    public void A_smaller_limit_of_attempts_holds_at_the_next_failure_and_not_before()
    {
        Trip();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary");
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.TheIncident.Attempts == 1, "a failed attempt");
        _world.Policy = _world.Policy with { MaxAttempts = 1 };
        _world.Pass(1);
        Assert.Null(_world.TheIncident.Hold);
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "the next canary");
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.TheIncident.Hold is not null, "a hold");
        Assert.Equal(Reason.HeldAfterAttempts, _world.TheIncident.Hold!.Reason);
    }
}
