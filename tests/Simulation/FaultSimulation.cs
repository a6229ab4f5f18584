namespace Sophia.Keda.Reactor.Simulation.Tests;

public sealed class FaultSimulation
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_dead_operator_is_survived_and_everything_is_given_back(ulong seed) => Plays(Stories.OperatorDown, seed, moreTargets: 6);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_oscillating_target_is_calmed_and_given_back(ulong seed) => Plays(Stories.Oscillation, seed, moreTargets: 2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_dead_metrics_server_is_survived_and_everything_is_given_back(ulong seed) => Plays(Stories.MetricsServerDown, seed, moreTargets: 2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_metrics_API_that_somebody_else_takes_is_survived_and_everything_is_given_back(ulong seed) => Plays(Stories.MetricsTaken, seed, moreTargets: 2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_target_whose_trigger_source_fails_is_moved_and_given_back(ulong seed) => Plays(Stories.TriggerSourceDown, seed, moreTargets: 2);

    /// <summary>More than the loop sends at once; REACTOR_SIMULATE_TARGETS=10000 takes minutes.</summary>
    private static readonly int Many = int.TryParse(Environment.GetEnvironmentVariable("REACTOR_SIMULATE_TARGETS"), out var many) ? many : 520;

    [Fact]
    public void More_targets_than_go_out_at_once_are_moved_part_by_part()
    {
        using var world = new SimWorld(seed: 1, moreTargets: Many);
        world.Hear(Orders.TripAll(world));
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(2), "every target is on its fallback");

        // What an HPA was about to bring is raised through /scale beside these.
        var written = world.Facts().Audit.Where(a => a.Record.Reason == Core.Reason.WriteDone && a.Record.Facts["write"] != nameof(Core.ScaleWorkload)).GroupBy(a => a.Record.Target!.Value.Name).Select(target => target.Count());
        Assert.All(written, writes => Assert.Equal(3, writes));
        Assert.Equal(world.Protectable, written.Count());
    }

    [Fact]
    public void A_target_with_several_triggers_that_oscillates_is_caught_too()
    {
        using var world = new SimWorld(1);
        world.Pass(TimeSpan.FromMinutes(1));
        world.Faults.SetOscillating("sophia-mesh", "sophia-ai-prometheus-scaler", true);
        world.PassUntil(() => world.Panel.OpenIncident(Core.Cause.Oscillation) is not null, TimeSpan.FromMinutes(3), "the oscillation is an incident");
    }

    [Fact]
    public void A_target_that_oscillates_again_in_the_canary_is_put_back_waits_longer_and_is_left_on_its_fallback()
    {
        using var world = new SimWorld(2);
        world.Pass(TimeSpan.FromMinutes(1));
        world.Faults.SetOscillating("artemis-mesh", "artemis-redis-scaler", true);
        world.PassUntil(() => world.Panel.OpenIncident(Core.Cause.Oscillation) is { Attempts: 1 }, TimeSpan.FromMinutes(20), "the canary failed");
        var first = world.Panel.OpenIncident(Core.Cause.Oscillation)!;
        Assert.True(first.Recovery.NotBefore - world.Time.Now > TimeSpan.FromSeconds(60));
        world.PassUntil(() => world.Panel.Incidents.Values.Any(i => i.Left), TimeSpan.FromHours(1), "it is left on its fallback");
        world.PassUntil(() => world.Panel.Incidents.Values.Single().Members.Values.Single().Failures > 3, TimeSpan.FromHours(3), "it is tried again at its own pace");
        world.Faults.SetOscillating("artemis-mesh", "artemis-redis-scaler", false);
        world.PassUntil(() => world.AtRest, TimeSpan.FromHours(2), "it is back");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(22)]
    [InlineData(29)]
    public void Whatever_the_phase_of_the_ticks_a_dead_operator_trips_within_two_and_a_half_minutes(int secondsAfterTick)
    {
        using var world = new SimWorld(3);
        world.Pass(TimeSpan.FromMinutes(1));
        world.Wait(TimeSpan.FromSeconds(secondsAfterTick));
        world.Faults.SetOperator(Sandbox.Keda.OperatorState.Dead);
        var killed = world.Time.Now;
        world.Wait(TimeSpan.FromSeconds(30 - secondsAfterTick));
        world.Tick();
        world.PassUntil(() => world.Panel.OpenIncident(Core.Cause.OperatorUnhealthy) is not null, TimeSpan.FromMinutes(4), "an incident is open");
        Assert.InRange(world.Panel.OpenIncident(Core.Cause.OperatorUnhealthy)!.OpenedAt - killed, TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(153));
    }

    private static void Plays(Action<SimWorld> story, ulong seed, int moreTargets)
    {
        using var world = new SimWorld(seed, moreTargets);
        story(world);
        Assert.Single(world.Facts().Closed);
        world.AssertAllInvariants();
    }
}
