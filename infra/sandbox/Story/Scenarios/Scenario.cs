namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>One thing that goes wrong and is put right again. What must hold comes from the invariants, not from here.</summary>
public abstract class Scenario
{
    public static IReadOnlyList<Scenario> All { get; } = [new OperatorDown(), new Oscillation(), new MetricsServerDown(), new ScalerErrors()];

    public abstract string Name { get; }

    /// <summary>One line for --list.</summary>
    public abstract string About { get; }

    public abstract Task PlayAsync(StoryRun story, StoryRandom random);
}

/// <summary>SplitMix64 over the story's seed: the same seed plays the same story.</summary>
public sealed class StoryRandom(ulong seed)
{
    private ulong _state = seed;

    public double Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    public TimeSpan Between(TimeSpan least, TimeSpan most) => least + (most - least) * Next();

    public T One<T>(IReadOnlyList<T> of) => of[(int)(Next() * of.Count)];
}
