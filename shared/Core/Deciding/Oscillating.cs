namespace Sophia.Keda.Reactor.Core;

/// <summary>Tells going back and forth from a ramp or a spike.</summary>
public static class Oscillating
{
    internal static readonly TimeSpan ShortWindow = TimeSpan.FromSeconds(60);

    internal static readonly TimeSpan LongWindow = TimeSpan.FromMinutes(5);

    /// <summary>
    /// What is wrong, in words with the numbers seen, or null. MORE than the limit within 60 s that turn at least twice (a spike
    /// turns once), or the limit of turns within 5 minutes: an HPA syncs every 15 s and can't do more than 4 rescales a minute, so
    /// a limit above 3 would never be reached by counting alone.
    /// </summary>
    public static string? Judge(IReadOnlyList<Rescale> rescales, Policy policy, DateTimeOffset now)
    {
        var recent = rescales.Where(r => now - r.At <= ShortWindow + policy.HealthCheckInterval).ToList();
        for (var first = 0; first < recent.Count; first++)
        {
            // Strictly less than a minute: exactly three a minute, every 20 s, is at the limit and not over it.
            var span = recent.Skip(first).TakeWhile(r => r.At - recent[first].At < ShortWindow).ToList();
            if (span.Count > policy.ScaleEventsPerMinute && Turns(span) >= 2)
                return $"{span.Count} rescales within 60 s, back and forth between {span.Min(r => r.Size)} and {span.Max(r => r.Size)} "
                    + $"(limit {policy.ScaleEventsPerMinute})";
        }

        var all = rescales.Where(r => now - r.At <= LongWindow).ToList();
        var turns = Turns(all);
        return turns >= policy.DirectionChangesIn5Min
            ? $"{turns} changes of direction within 5 min, between {all.Min(r => r.Size)} and {all.Max(r => r.Size)} "
                + $"(limit {policy.DirectionChangesIn5Min})"
            : null;
    }

    /// <summary>What moved, as a sentence has it: "4 rescales a minute between 1 and 5". Null when nothing did.</summary>
    public static string? Numbers(IReadOnlyList<Rescale> rescales)
    {
        if (rescales.Count < 2)
            return null;
        var most = rescales.Max(first => rescales.Count(r => r.At >= first.At && r.At - first.At < ShortWindow));
        return $"{most} rescales a minute between {rescales.Min(r => r.Size)} and {rescales.Max(r => r.Size)}";
    }

    /// <summary>How often the direction changes: a ramp has none, a spike one.</summary>
    public static int Turns(IReadOnlyList<Rescale> rescales)
    {
        var turns = 0;
        var direction = 0;
        for (var i = 1; i < rescales.Count; i++)
        {
            var step = Math.Sign(rescales[i].Size - rescales[i - 1].Size);
            if (step == 0)
                continue;
            if (direction != 0 && step != direction)
                turns++;
            direction = step;
        }

        return turns;
    }
}
