using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Contracts.Tests.Monitoring;

/// <summary>The shipped Grafana dashboard.</summary>
internal static class Dashboard
{
    public static JsonNode Root { get; } = JsonNode.Parse(MonitoringFolder.Text("grafana-dashboard.json"))!;

    public static IEnumerable<JsonNode> Panels => Root["panels"]!.AsArray().Select(panel => panel!);

    public static IEnumerable<string> Expressions =>
    [
        .. Panels.SelectMany(panel => panel["targets"]?.AsArray() ?? []).Select(target => (string)target!["expr"]!),
        .. Root["templating"]!["list"]!.AsArray().Select(variable => variable!["query"] as JsonObject).OfType<JsonObject>().Select(Labels),
    ];

    /// <summary>label_values(metric, label): a question of Grafana, not an expression.</summary>
    private static string Labels(JsonObject query)
    {
        var text = (string)query["query"]!;
        return text["label_values(".Length..text.LastIndexOf(',')];
    }
}
