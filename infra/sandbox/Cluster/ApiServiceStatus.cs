using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>Whether an aggregated API answers, as the API server says it.</summary>
public static class ApiServiceStatus
{
    /// <summary>It names a Service that is not there.</summary>
    public static JsonObject NoService(JsonObject service, DateTimeOffset now) => new()
    {
        ["conditions"] = new JsonArray(new JsonObject
        {
            ["type"] = "Available",
            ["status"] = "False",
            ["lastTransitionTime"] = Json.Seconds(now),
            ["reason"] = "ServiceNotFound",
            ["message"] = $"service/{service.Text("name")} in \"{service.Text("namespace")}\" is not present",
        }),
    };

    public static JsonObject Of(string group, bool up, DateTimeOffset now) => new()
    {
        ["conditions"] = new JsonArray(new JsonObject
        {
            ["type"] = "Available",
            ["status"] = up ? "True" : "False",
            ["lastTransitionTime"] = Json.Seconds(now),
            ["reason"] = up ? "Passed" : "FailedDiscoveryCheck",
            ["message"] = up
                ? "all checks passed"
                : $"failing or missing response from https://10.96.114.9:443/apis/{group}/v1beta1: Get \"https://10.96.114.9:443/apis/{group}/v1beta1\": dial tcp 10.96.114.9:443: connect: connection refused",
        }),
    };
}
