using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Simulator;
using Sophia.Keda.Reactor.Simulator.Schedules;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>Worlds in which everything breaks at once, by their seeds; and what such worlds once found, each as its shortest schedule.</summary>
public sealed class SeededWorlds
{
    private static readonly Policy Defaults = new() { Cluster = "sim", AlertChannels = ["slack", "pagerduty"] };

    /// <summary>What was found, and the acts that were left of its seed.</summary>
    public static TheoryData<string, ulong, int, string[]> Found { get; } = new()
    {
        {
            "lists that are older than our writes made it write the same over and over, thousands of requests in half a minute",
            212, 1, ["00:18:54.614 ListsAreOld 00:06:53 2 32cd96699444cc17", "00:23:50.744 Trips 00:10:43 89 e21ebf7a1c9550ed"]
        },
        {
            "an HPA of others cancelled KEDA's for minutes; the look after it was gone tripped the target for failing scalers",
            209, 1, ["00:00:14.214 ForeignHpaComes 00:04:54 84 7b932cad4455a287"]
        },
        {
            "our last marks were taken off an object that we had paused again meanwhile: its pause stayed, and was anybody's",
            52, 3, ["00:10:21.374 OperatorHangs 00:04:53 87 1719ce569b3ae8ce", "00:21:43.251 ListsAreOld 00:10:28 40 f7a772c763b47aac"]
        },
    };

    [Theory]
    [MemberData(nameof(Found))]
    public void What_was_found_once_is_not_found_again(string what, ulong seed, int reactors, string[] acts)
    {
        var result = SeedRun.Of(new Schedule(new Setting { Seed = seed, Reactors = reactors, Policy = Defaults }, [.. acts.Select(Act.Read)]));
        Assert.True(result.Holds, $"{what}: {string.Join("; ", result.Breaches)}");
    }

    [Fact]
    public void One_seed_is_one_world_to_the_byte()
    {
        for (var seed = 1UL; seed <= 3; seed++)
        {
            var (once, again) = (SeedRun.Of(ScheduleMaker.Of(seed)), SeedRun.Of(ScheduleMaker.Of(seed)));
            Assert.Equal((once.Hash, once.Steps), (again.Hash, again.Steps));
        }
    }
}
