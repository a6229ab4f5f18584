namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>How much work waits for one workload, counted in replicas that would just carry it. Gentle and repeatable.</summary>
public sealed class Demand
{
    private readonly DateTimeOffset _start;
    private readonly double _phase;
    private readonly double _period;
    private readonly double _swing;

    public Demand(DateTimeOffset start, SeededRandom random, int min, int max)
    {
        _start = start;
        Usual = Math.Max(min, 1) + ((max - Math.Max(min, 1)) * random.Between(0.1, 0.45));
        _phase = random.Between(0, 2 * Math.PI);
        _period = random.Between(20, 60) * 60;
        _swing = random.Between(0.1, 0.3);
    }

    /// <summary>The middle around which it swings.</summary>
    public double Usual { get; }

    /// <summary>Set by a person or a test: no swing, this value.</summary>
    public double? Fixed { get; set; }

    /// <summary>While set, every HPA sync that reads the external metric sees it flip between nothing and far too much.</summary>
    public bool Oscillating { get; set; }
    public bool High { get; set; }

    /// <summary>When it last flipped.</summary>
    public DateTimeOffset? FlippedAt { get; set; }

    public double At(DateTimeOffset now) =>
        Fixed ?? (Usual * (1 + (_swing * Math.Sin((2 * Math.PI * (now - _start).TotalSeconds / _period) + _phase))));
}
