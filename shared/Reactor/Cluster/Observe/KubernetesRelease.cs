namespace Sophia.Keda.Reactor.Cluster;

/// <summary>What preflight has read of the API server's version, for the looks that follow.</summary>
internal sealed class KubernetesRelease
{
    /// <summary>ContainerResource metrics are on by default from 1.27 (beta); before, the API server drops them and refuses what is left.</summary>
    public const int ContainerMetrics = 27;

    private volatile bool _lacksContainerMetrics;

    /// <summary>False until a version says otherwise.</summary>
    public bool LacksContainerMetrics => _lacksContainerMetrics;

    public void Saw(string? major, int minor) => _lacksContainerMetrics = major == "1" && minor < ContainerMetrics;
}
