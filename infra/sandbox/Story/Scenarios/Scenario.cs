using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>One thing that goes wrong and is put right again. What must always hold comes from the invariants, not from here.</summary>
public abstract class Scenario
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new OperatorDown(), new Oscillation(), new MetricsServerDown(), new ScalerErrors(),
        new CanaryFails(), new OwnSourceAway(), new OneOperatorOfThree(), new OperatorDiesAgain(), new OscillationRepeats(), new OutsideHours(), new MaintenanceUpgrade(),
        new KillSwitch(), new ManualControl(), new ObserveOnly(), new Blind(), new GitOpsFights(), new OthersPause(), new MetricsTakenOver(),
        new CronNotReadable(), new KedaOwnFallback(), new OscillationOwnHpaName(),
    ];

    /// <summary>The policy file of every story; lines of a scenario's own follow it.</summary>
    public static string BasePolicy => """
        # Everything else as the defaults have it; nobody reads mail in the sandbox.
        monitoring:
          alert_channels:
            - slack
            - pagerduty

        """;

    public abstract string Name { get; }

    /// <summary>One line for --list.</summary>
    public abstract string About { get; }

    /// <summary>True for the ways in which KEDA fails, which "all" plays one after the other in one cluster.</summary>
    public virtual bool InAll => true;

    /// <summary>The policy file of a story that begins at this time.</summary>
    public virtual string Policy(DateTimeOffset start) => BasePolicy;

    /// <summary>The cluster, where it is not the ordinary one.</summary>
    public virtual SandboxOptions Cluster(SandboxOptions ordinary) => ordinary;

    /// <summary>What somebody did in it two minutes before the story begins.</summary>
    public virtual void Prepare(SandboxCluster cluster)
    {
    }

    /// <summary>Settings of the reactor beside the story's own.</summary>
    public virtual IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>();

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
