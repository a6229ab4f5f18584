using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Preflight;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>A Deployment of KEDA's operator, with what its container says of itself.</summary>
internal sealed record OperatorFound(WorkloadDto Deployment, OperatorArguments Arguments, OperatorShare? Share, string Untold)
{
    public LeaseDto? Lease { get; init; }

    public string Name => $"{Deployment.Namespace}/{Deployment.Name}";

    public int Wanted => Deployment.Spec?.Replicas ?? 1;

    public int Available => Deployment.Status?.AvailableReplicas ?? 0;

    /// <summary>The lease that it contends for, there or not; empty when it does not elect.</summary>
    public string LeaseName => Arguments.ToldToElect ? $"{Deployment.Namespace}/{Arguments.LeaseName}" : "";

    public static OperatorFound Of(WorkloadDto deployment)
    {
        var own = Own(deployment);
        var looksAtLabels = KedaRelease.LooksAtLabels(KedaRelease.Of(deployment.Metadata?.Labels?.GetValueOrDefault("app.kubernetes.io/version"), own?.Image));
        var share = ShareReader.Read(deployment.Namespace, own?.Env, looksAtLabels, own?.EnvFrom is { Count: > 0 }, out var untold);
        return new OperatorFound(deployment, OperatorArguments.Of([.. own?.Command ?? [], .. own?.Args ?? []]), share, untold);
    }

    /// <summary>The operator's container: the one that is named so, else the one that runs KEDA (a sidecar runs something else), else the first.</summary>
    private static ContainerDto? Own(WorkloadDto deployment)
    {
        var containers = (deployment.Spec?.Template?.Spec?.Containers ?? []).OfType<ContainerDto>().ToList();
        return containers.Find(c => c.Name == OperatorLabels.Name) ?? containers.Find(c => OperatorLabels.RunsKeda(c.Command)) ?? containers.FirstOrDefault();
    }
}
