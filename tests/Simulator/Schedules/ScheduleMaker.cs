using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Simulator.Schedules;

/// <summary>What a seed stands for: half an hour in which things break and people and programs interfere.</summary>
internal static class ScheduleMaker
{
    private static readonly ActKind[] All = Enum.GetValues<ActKind>();

    /// <summary>Something for the reactor to do happens in most schedules.</summary>
    private static readonly ActKind[] Troubles =
        [ActKind.OperatorDies, ActKind.OperatorHangs, ActKind.MetricsServerDies, ActKind.SourceDies, ActKind.QueueSwings, ActKind.Trips, ActKind.AlertFires];

    public static Schedule Of(ulong seed, bool tells = false)
    {
        var random = SeededRandom.For(seed, "schedule");
        var setting = new Setting
        {
            Seed = seed,
            Reactors = random.Chance(0.4) ? 1 : random.Whole(2, 3),
            MoreTargets = random.Whole(0, 8) is var more && more > 4 ? 0 : more,
            KnowsTheDead = random.Chance(0.3),
            Policy = PolicyOf(random),
            Tells = tells,
        };
        var acts = new List<Act>();
        var count = random.Whole(2, 14);
        for (var i = 0; i < count; i++)
        {
            var kind = i == 0 || random.Chance(0.2) ? Troubles[random.Whole(0, Troubles.Length - 1)] : All[random.Whole(0, All.Length - 1)];
            acts.Add(new Act(
                TimeSpan.FromMilliseconds(random.Whole(0, 25 * 60_000)), kind, TimeSpan.FromSeconds(random.Whole(5, 15 * 60)), random.Whole(0, 99), random.Next()));
        }

        return new Schedule(setting, [.. acts.OrderBy(act => act.At)]);
    }

    /// <summary>The defaults, or shorter ones in which more happens in the same time.</summary>
    private static Policy PolicyOf(SeededRandom random)
    {
        var policy = new Policy { Cluster = "sim", AlertChannels = ["slack", "pagerduty"] };
        return random.Chance(0.3) ? policy : policy with
        {
            CooldownPeriod = TimeSpan.FromSeconds(30),
            RecoveryTestPeriod = TimeSpan.FromSeconds(90),
            WaveSoak = TimeSpan.FromSeconds(30),
            FirstWait = TimeSpan.FromMinutes(1),
            LongestWait = TimeSpan.FromMinutes(8),
        };
    }
}
