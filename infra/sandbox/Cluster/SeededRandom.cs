namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>SplitMix64: the same numbers from the same seed on every machine and runtime version.</summary>
public sealed class SeededRandom
{
    private ulong _state;

    public SeededRandom(ulong seed) => _state = seed;

    /// <summary>A stream of its own for one thing, so that a new target does not change what happens to the others.</summary>
    public static SeededRandom For(ulong seed, string name) => new(seed ^ Hash(name));

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 (included) to 1 (excluded).</summary>
    public double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    public double Between(double low, double high) => low + ((high - low) * Share());

    /// <summary>From low to high, both included.</summary>
    public int Whole(int low, int high) => low + (int)(Next() % (ulong)(high - low + 1));

    public bool Chance(double probability) => Share() < probability;

    public TimeSpan Milliseconds(double low, double high) => TimeSpan.FromMilliseconds(Between(low, high));

    /// <summary>Times that crowd towards their lower end, as measured ones do.</summary>
    public TimeSpan SkewedMilliseconds(double low, double high, double power) =>
        TimeSpan.FromMilliseconds(low + ((high - low) * Math.Pow(Share(), power)));

    public string Uid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, Next());
        BitConverter.TryWriteBytes(bytes[8..], Next());
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }

    /// <summary>FNV-1a, because string.GetHashCode differs from run to run.</summary>
    public static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text)
            hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }
}
