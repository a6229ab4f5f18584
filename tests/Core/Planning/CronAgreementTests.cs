using System.Collections.Immutable;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Core.Tests.Planning;

/// <summary>
/// Cron as KEDA reads it, against a second evaluator. The count is printed with
/// <c>dotnet test tests/Core --filter CronAgreementTests --logger "console;verbosity=detailed"</c>.
/// </summary>
public sealed class CronAgreementTests(ITestOutputHelper output)
{
    private const int Pairs = 60_000;

    [Fact]
    public void Sixty_thousand_random_pairs_agree_with_a_second_evaluator_that_looks_at_every_minute()
    {
        var random = new RandomCron(seed: 18);
        var (open, refused) = (0, 0);
        var differences = new List<string>();
        for (var i = 0; i < Pairs; i++)
        {
            var (start, end, zone, now) = random.Pair();
            TriggerView[] trigger = [Crons.Trigger(start, end, zone, "7")];
            var expected = start == end ? null : BruteForceCron.IsOpen(start, end, zone, now);
            bool? actual = CronTriggers.Unread(trigger).Length > 0 ? null : CronTriggers.Wanted(trigger, now) == 7;
            if (actual != expected)
                differences.Add($"start \"{start}\", end \"{end}\", {zone}, {now:u}: {Said(actual)}, and {Said(expected)} minute by minute");
            open += expected is true ? 1 : 0;
            refused += expected is null ? 1 : 0;
        }

        output.WriteLine($"{Pairs} pairs over {RandomCron.Zones.Length} zones ({open} open, {refused} refused): {differences.Count} differences");
        Assert.True(differences.Count == 0, string.Join('\n', differences.Prepend($"{differences.Count} differences").Take(20)));
        Assert.InRange(open, Pairs / 10, Pairs * 9 / 10);
        Assert.InRange(refused, Pairs / 100, Pairs / 2);
    }

    private static string Said(bool? open) => open switch { null => "refused", true => "open", false => "closed" };
}
