using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>
/// Invariant 8: the process dies before or after one of its side effects (a save, a lease, a write to the cluster) and another one
/// takes over when the lease has run out; the end is the same. Every 2nd, 3rd, … half-step is left out to keep the suite short;
/// REACTOR_SIMULATE_ALL=1 tries each of them.
/// </summary>
public sealed class CrashSimulation(ITestOutputHelper output)
{
    private const int Sampled = 24;

    [Fact]
    public void A_crash_at_any_side_effect_of_the_operator_story_ends_the_same() => Everywhere(Stories.OperatorDown, seed: 7);

    [Fact]
    public void A_crash_at_any_side_effect_of_the_oscillation_story_ends_the_same() => Everywhere(Stories.Oscillation, seed: 8);

    /// <summary>Looks that the loop asks for meet ticks in this story, and a process dies: whatever chance has a hand in shows here.</summary>
    [Fact]
    public void The_same_seed_gives_the_same_requests_at_the_same_times()
    {
        var (first, second) = (Requests(), Requests());
        Assert.NotEmpty(first);
        Assert.Equal(first, second);

        static List<(DateTimeOffset, string, string)> Requests()
        {
            using var world = new SimWorld(52) { NextDiesAt = 31 };
            var seen = new List<(DateTimeOffset, string, string)>();
            world.Ticked = _ => seen.AddRange(world.Requests.Skip(seen.Count).Select(r => (world.Time.Now, r.Method, r.Path)));
            Stories.OperatorDown(world);
            return seen;
        }
    }

    private void Everywhere(Action<SimWorld> story, ulong seed)
    {
        int effects;
        using (var whole = new SimWorld(seed))
        {
            story(whole);
            whole.AssertAllInvariants();
            effects = whole.Interruptions.Effects;
        }

        var all = Environment.GetEnvironmentVariable("REACTOR_SIMULATE_ALL") == "1";
        var step = all ? 1 : Math.Max(1, effects * 2 / Sampled);
        var died = 0;
        for (var at = 0; at < effects * 2; at += step)
        {
            using var world = new SimWorld(seed) { NextDiesAt = at };
            story(world);
            Assert.True(world.Deaths == 1, $"half-step {at}: the process should have died there");
            world.AssertAllInvariants();
            died++;
        }

        output.WriteLine($"{effects} side effects, died at {died} of {effects * 2} half-steps");
    }
}
