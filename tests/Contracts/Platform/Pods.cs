using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>One kind of pods: where, with which labels, and what they listen on (name to number; a number is its own name where it has none).</summary>
internal sealed record Pod(string Called, string Namespace, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, int> Ports);

/// <summary>The pods that the policies and Services are about.</summary>
internal static class Pods
{
    /// <summary>KEDA's, as its chart makes them (2.13 to 2.20): labels and ports are facts of the chart's templates.</summary>
    public static readonly Pod Operator = Keda("keda-operator", ("metrics", 8080), ("metricsservice", 9666));

    /// <summary>A second one, with operator.name set; the metrics server is one for all.</summary>
    public static readonly Pod SecondOperator = Keda("keda-operator-sophia", ("metrics", 8080), ("metricsservice", 9666));
    public static readonly Pod MetricsServer = Keda("keda-operator-metrics-apiserver", ("https", 6443), ("metrics", 8080));
    public static readonly Pod Webhooks = Keda("keda-admission-webhooks", ("http", 9443), ("metrics", 8080));

    public static IReadOnlyList<Pod> In(IReadOnlyList<YamlMappingNode> rendered) =>
    [
        Operator, MetricsServer, Webhooks,
        .. rendered.Where(d => d.Kind() is "Deployment" or "StatefulSet").Select(d => new Pod(
            d.Name(),
            d.Namespace(),
            d.Map("spec", "template", "metadata", "labels").ToDictionary(l => l.Key, l => l.Value.Word()!),
            d.Each("spec", "template", "spec", "containers").SelectMany(c => c.Each("ports")).ToDictionary(p => p.Word("name")!, p => p.Number("containerPort")))),
    ];

    /// <summary>An empty selector selects all of the namespace.</summary>
    public static IEnumerable<Pod> Selected(IEnumerable<Pod> pods, string ns, IReadOnlyDictionary<string, YamlNode> labels) => pods
        .Where(pod => pod.Namespace == ns && labels.All(l => pod.Labels.TryGetValue(l.Key, out var value) && value == l.Value.Word()));

    /// <summary>A selector with matchLabels and matchExpressions.</summary>
    public static IEnumerable<Pod> Selected(IEnumerable<Pod> pods, string ns, YamlNode selector) => Selected(pods, ns, selector.Map("matchLabels"))
        .Where(pod => selector.Each("matchExpressions").All(e => Meets(pod.Labels.GetValueOrDefault(e.Word("key")!), e)));

    private static bool Meets(string? value, YamlNode expression) => expression.Word("operator") switch
    {
        "In" => value is not null && expression.Words("values").Contains(value),
        "NotIn" => value is null || !expression.Words("values").Contains(value),
        var other => throw new NotSupportedException($"operator {other}"),
    };

    private static Pod Keda(string app, params (string Name, int Number)[] ports) => new(
        app,
        "keda-system",
        new Dictionary<string, string> { ["app"] = app, ["app.kubernetes.io/name"] = app, ["app.kubernetes.io/component"] = "operator", ["app.kubernetes.io/part-of"] = "keda-operator" },
        ports.ToDictionary(p => p.Name, p => p.Number));
}
