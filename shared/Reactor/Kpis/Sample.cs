namespace Sophia.Keda.Reactor.Kpis;

/// <summary>Measured times, and honest numbers of them: with few, the 95th percentile is the greatest, and n says so.</summary>
public sealed class Sample(IEnumerable<TimeSpan> times)
{
    private readonly TimeSpan[] sorted = [.. times.Order()];

    public int N => sorted.Length;

    public TimeSpan? Mean => N == 0 ? null : TimeSpan.FromTicks((long)sorted.Average(time => time.Ticks));

    public TimeSpan? Greatest => N == 0 ? null : sorted[^1];

    /// <summary>The smallest measured time that so many percent of all don't exceed (nearest rank).</summary>
    public TimeSpan? Percentile(int percent) => N == 0 ? null : sorted[Math.Max(0, (int)Math.Ceiling(percent / 100.0 * N) - 1)];
}
