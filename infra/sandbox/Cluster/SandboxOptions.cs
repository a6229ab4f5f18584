using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

public sealed record SandboxOptions
{
    /// <summary>KEDA's admission webhook answers; without it (failurePolicy Ignore) everything is accepted.</summary>
    public bool Webhook { get; init; } = true;

    /// <summary>client-go's limit of about 25 events an object, refilled one in five minutes. Off: nobody measured it here.</summary>
    public bool EventSpamFilter { get; init; }

    /// <summary>Without leader election (--leader-elect=false) the operator has no lease at all.</summary>
    public bool LeaderElection { get; init; } = true;

    /// <summary>KEDA's operators, each with its share.</summary>
    public ImmutableArray<Keda.OperatorSpec> Operators { get; init; } = [new()];

    /// <summary>Everyone has system:discovery and system:basic-user, as nearly all clusters grant them: look around, and ask "may I?".</summary>
    public bool DefaultRoles { get; init; } = true;

    /// <summary>Which release is played, as <see cref="Keda.Versions.KedaTable"/> knows it: 2.13 or newer.</summary>
    public string KedaVersion { get; init; } = "2.20.0";

    /// <summary>The generated and the seeded containers ask for CPU; without it a CPU HPA cannot work.</summary>
    public bool CpuRequests { get; init; } = true;

    /// <summary>metrics.k8s.io, from which HPAs get CPU.</summary>
    public Hpa.MetricsApi MetricsApi { get; init; }

    /// <summary>Argo Rollouts is installed: a kind of others with /scale.</summary>
    public bool Rollouts { get; init; } = true;

    /// <summary>The VerticalPodAutoscaler is installed, as far as its objects go: nothing follows them.</summary>
    public bool VerticalPodAutoscalers { get; init; }

    /// <summary>Istio's kinds are installed, as far as their objects go.</summary>
    public bool Istio { get; init; }

    /// <summary>The Prometheus operator's kinds are installed, as far as their objects go.</summary>
    public bool PrometheusOperator { get; init; }

    /// <summary>External Secrets' kinds are installed, as far as their objects go.</summary>
    public bool ExternalSecrets { get; init; }

    /// <summary>The kinds of Argo CD and Flux are installed, as far as their objects go.</summary>
    public bool GitOps { get; init; }

    /// <summary>Everything that infra/keda has objects of is installed.</summary>
    public SandboxOptions WithPlatform() => this with { Istio = true, PrometheusOperator = true, ExternalSecrets = true, GitOps = true };

    /// <summary>Whether this cluster's API server knows the kind: without an operator's definitions its kinds are not there.</summary>
    public bool Has(Resource resource) => resource.Group switch
    {
        "argoproj.io" => resource == Resources.Rollouts ? Rollouts : GitOps,
        "autoscaling.k8s.io" => VerticalPodAutoscalers,
        "networking.istio.io" or "security.istio.io" => Istio,
        "external-secrets.io" => ExternalSecrets,
        "source.toolkit.fluxcd.io" or "kustomize.toolkit.fluxcd.io" or "helm.toolkit.fluxcd.io" => GitOps,
        "monitoring.coreos.com" => PrometheusOperator,
        _ => true,
    };
}
