using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>What was asked for on the command line.</summary>
public sealed record StoryOptions
{
    public const int DefaultReactorPort = 7071;

    public const int DefaultClusterPort = 8001;

    public const int DefaultReceiversPort = 8002;

    public string Scenario { get; init; } = "operator-down";

    /// <summary>Generated targets beside those of the source documents.</summary>
    public int MoreTargets { get; init; } = 4;

    /// <summary>Simulated seconds in a real one while nothing is under way.</summary>
    public double Speed { get; init; } = 60;

    /// <summary>Varies names, counts and times of faults.</summary>
    public ulong Seed { get; init; } = 1;

    public int Port { get; init; } = DefaultReactorPort;

    public int ClusterPort { get; init; } = DefaultClusterPort;

    /// <summary>Only where nothing but cluster and receivers is served: the story's receivers take a free one.</summary>
    public int ReceiversPort { get; init; } = DefaultReceiversPort;

    /// <summary>The release of KEDA that is played.</summary>
    public string KedaVersion { get; init; } = new SandboxOptions().KedaVersion;

    /// <summary>Stop after the story instead of going on serving.</summary>
    public bool Exit { get; init; }
}
