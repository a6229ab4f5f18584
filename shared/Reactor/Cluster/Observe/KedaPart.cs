namespace Sophia.Keda.Reactor.Cluster;

/// <summary>One of KEDA's Deployments beside the operator.</summary>
/// <param name="Words">For people.</param>
/// <param name="Called">What its name has in every way of installing KEDA.</param>
/// <param name="Images">How its image is called: KEDA's own, and that of OpenShift's Custom Metrics Autoscaler. Mirrors keep the last part.</param>
internal sealed record KedaPart(string Words, string Called, params string[] Images)
{
    public static readonly KedaPart MetricsServer = new("metrics server", "metrics", "keda-metrics-apiserver", "custom-metrics-autoscaler-adapter");
    public static readonly KedaPart Webhooks = new("webhooks", "webhook", "keda-admission-webhooks", "custom-metrics-autoscaler-admission-webhooks");

    /// <summary>
    /// By its image, whatever the Deployment is called (a Helm release names it), or by labels. The chart's part-of is the operator's own name
    /// (operator.name), keda-operator in KEDA's manifests.
    /// </summary>
    public bool Is(WorkloadDto deployment, IReadOnlySet<string> operators)
    {
        var containers = deployment.Spec?.Template?.Spec?.Containers ?? [];
        if (containers.Any(c => c?.Image is { } image && Images.Any(i => Repository(image).StartsWith(i, StringComparison.Ordinal))))
            return true;
        var labels = deployment.Metadata?.Labels ?? [];
        var name = labels.GetValueOrDefault("app.kubernetes.io/name") ?? labels.GetValueOrDefault("app") ?? deployment.Name;
        return labels.GetValueOrDefault("app.kubernetes.io/part-of") is { } whole
            && (whole == "keda-operator" || operators.Contains(whole))
            && name.Contains(Called, StringComparison.Ordinal);
    }

    /// <summary>"keda-metrics-apiserver" of "mirror:5000/kedacore/keda-metrics-apiserver:2.20.0@sha256:…".</summary>
    private static string Repository(string image)
    {
        var path = image.Split('@')[0];
        var last = path[(path.LastIndexOf('/') + 1)..];
        return last.Split(':')[0];
    }
}
