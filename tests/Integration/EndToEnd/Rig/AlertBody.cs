using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

/// <summary>Bodies as Alertmanager writes them.</summary>
internal static class AlertBody
{
    public static string Of(params JsonNode[] alerts) => new JsonObject
    {
        ["version"] = "4",
        ["groupKey"] = "{}:{}",
        ["truncatedAlerts"] = 0,
        ["receiver"] = "keda-reactor",
        ["status"] = "firing",
        ["alerts"] = new JsonArray(alerts),
    }.ToJsonString();

    public static JsonObject Firing(string name, string fingerprint, DateTimeOffset startsAt, params (string Name, string Value)[] labels)
    {
        var all = new JsonObject { ["alertname"] = name, ["cluster"] = GuardedCluster.Name };
        foreach (var (label, value) in labels) all[label] = value;
        return new JsonObject
        {
            ["status"] = "firing",
            ["labels"] = all,
            ["annotations"] = new JsonObject { ["summary"] = "as the test says" },
            ["startsAt"] = startsAt.ToString("O"),
            ["endsAt"] = "0001-01-01T00:00:00Z",
            ["generatorURL"] = "http://127.0.0.1:9090/graph",
            ["fingerprint"] = fingerprint,
        };
    }
}
