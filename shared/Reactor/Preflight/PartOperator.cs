using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Preflight;

/// <summary>A Deployment of KEDA's operator: which release, which lease, which share.</summary>
internal sealed record PartOperator(string Namespace, string Name, OperatorArguments Arguments, OperatorShare? Share, string Untold)
{
    public required (int Major, int Minor, string Text)? Release { get; init; }

    /// <summary>Also one that does not elect: for it no other lease is missed.</summary>
    public bool HasDefaultLease => Arguments.LeaseName == OperatorArguments.DefaultLease || !Arguments.Elects;

    public static PartOperator Of(PartDto deployment)
    {
        // A sidecar beside it has another image.
        var containers = deployment.Spec?.Template?.Spec?.Containers ?? [];
        var own = containers.FirstOrDefault(c => c?.Name == OperatorLabels.Name)
            ?? containers.FirstOrDefault(c => c?.Image?.Contains("keda", StringComparison.Ordinal) == true || OperatorLabels.RunsKeda(c?.Command)) ?? containers.FirstOrDefault();
        var arguments = OperatorArguments.Of([.. own?.Command ?? [], .. own?.Args ?? []]);
        var release = KedaRelease.Of(deployment.Metadata?.Labels?.GetValueOrDefault("app.kubernetes.io/version"), own?.Image);
        var share = ShareReader.Read(deployment.Namespace, own?.Env, KedaRelease.LooksAtLabels(release), own?.EnvFrom is { Count: > 0 }, out var untold);
        return new PartOperator(deployment.Namespace, $"{deployment.Namespace}/{deployment.Name}", arguments, share, untold)
        {
            Release = release,
        };
    }
}
