namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

/// <summary>What a case needs of a cluster beside its API server. The sandbox has all of it.</summary>
[Flags]
public enum Needs
{
    ApiServer = 0,

    /// <summary>A live operator and metrics server of KEDA.</summary>
    Keda = 1,

    /// <summary>KEDA's admission webhook.</summary>
    Webhook = 2,

    /// <summary>The operator's metrics, reachable through the API server.</summary>
    OperatorMetrics = 4,

    /// <summary>Leave to scale KEDA's Deployments to 0 and back, which everybody in the cluster feels.</summary>
    StoppingKeda = 8,
}
