namespace Sophia.Keda.Reactor.Simulator.Schedules;

/// <summary>Finds a schedule with fewer acts that still breaks the same promise: first without whole halves, then without single acts.</summary>
internal static class Shrinker
{
    private const int MostRuns = 200;

    public static SeedResult Shrink(SeedResult failed)
    {
        var invariants = failed.Breaches.Select(breach => breach.Invariant).ToHashSet();
        var best = failed;
        var runs = 0;
        for (var size = Math.Max(1, best.Schedule.Acts.Count / 2); size >= 1; size = size == 1 ? 0 : size / 2)
        {
            for (var at = 0; at < best.Schedule.Acts.Count && runs < MostRuns;)
            {
                var fewer = best.Schedule with { Acts = [.. best.Schedule.Acts.Take(at), .. best.Schedule.Acts.Skip(at + size)] };
                runs++;
                var result = SeedRun.Of(fewer);
                if (result.Breaches.Any(breach => invariants.Contains(breach.Invariant)))
                    best = result;
                else
                    at += size;
            }
        }

        return best;
    }
}
