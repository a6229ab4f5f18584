namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Which Deployments are KEDA's operators: by the settings where they name one, by labels otherwise.</summary>
internal static class OperatorLabels
{
    public const string Name = "keda-operator";
    private const string PartOf = "app.kubernetes.io/part-of";

    /// <summary>By its name and place where the settings have them, by its labels otherwise.</summary>
    /// <param name="deployment">Any.</param>
    /// <param name="runsKeda">Whether a container of it runs KEDA's operator (<see cref="RunsKeda"/>).</param>
    /// <param name="settings">Of the cluster.</param>
    public static bool IsOperator(ObjectDto deployment, bool runsKeda, ClusterSettings settings) =>
        (settings.KedaNamespace is null || deployment.Namespace == settings.KedaNamespace)
        && (settings.OperatorDeployment is { } name ? deployment.Name == name : IsLabelled(deployment, runsKeda));

    public static bool IsOperator(WorkloadDto deployment, ClusterSettings settings) =>
        IsOperator(deployment, (deployment.Spec?.Template?.Spec?.Containers ?? []).Any(c => RunsKeda(c?.Command)), settings);

    /// <summary>The image's program, as KEDA's own manifests and chart start it; the metrics server is another (keda-adapter).</summary>
    public static bool RunsKeda(IEnumerable<string?>? command) => command?.FirstOrDefault() is { } program && program[(program.LastIndexOf('/') + 1)..] == "keda";

    // KEDA's own Helm chart gives part-of and component=operator to the metrics server and the webhooks too: these two tell nothing beside a name
    // label, which each part has as its own. Both follow the chart's operator.name: of a second operator they are that name. Older or rewritten
    // manifests lack some of them.
    private static bool IsLabelled(ObjectDto deployment, bool runsKeda)
    {
        var labels = deployment.Metadata?.Labels ?? [];
        var said = labels.GetValueOrDefault("app.kubernetes.io/name") ?? labels.GetValueOrDefault("app");
        if (labels.GetValueOrDefault(PartOf) is not { } of)
            return false;
        if (of != Name)
            return said == of && labels.GetValueOrDefault("app.kubernetes.io/component") == "operator" && (runsKeda || of.StartsWith(Name, StringComparison.Ordinal)) && !IsOtherPart(of);
        return said is null
            ? deployment.Name == Name || (labels.GetValueOrDefault("app.kubernetes.io/component") == "operator" && !IsOtherPart(deployment.Name))
            : said == Name || (said.StartsWith(Name + "-", StringComparison.Ordinal) && !IsOtherPart(said));
    }

    private static bool IsOtherPart(string name) =>
        name.Contains("metrics", StringComparison.Ordinal) || name.Contains("webhook", StringComparison.Ordinal);
}
