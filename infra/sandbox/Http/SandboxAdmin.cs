using System.Text.Json;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Http;

/// <summary>For people who play with the sandbox: see how it stands, break things, mend them.</summary>
public sealed class SandboxAdmin
{
    private readonly SandboxCluster _cluster;

    public SandboxAdmin(SandboxCluster cluster) => _cluster = cluster;

    public ApiResponse Handle(ApiRequest request)
    {
        try
        {
            return (request.Method, request.Path) switch
            {
                ("GET", "/sandbox/state") => ApiResponse.Json(200, State()),
                ("GET", var path) when MetricsPages.Answer(_cluster, path) is { } page => page,
                ("POST", "/sandbox/faults") => Set(JsonNode.Parse(request.Body.Span) as JsonObject ?? throw new FormatException("a JSON object is expected")),
                _ => Refuse(404, $"known are GET /sandbox/state, {string.Join(", ", MetricsPages.Paths.Select(page => "GET " + page))} and POST /sandbox/faults"),
            };
        }
        catch (Exception e) when (e is ArgumentException or JsonException or InvalidOperationException or FormatException)
        {
            return Refuse(400, e.Message);
        }
    }

    private JsonObject State()
    {
        var snapshot = _cluster.Snapshot();
        return new JsonObject
        {
            ["now"] = Json.Seconds(snapshot.At),
            ["operator"] = snapshot.Operator.ToString().ToLowerInvariant(),
            ["operators"] = new JsonObject(snapshot.Operators.Select(o => KeyValuePair.Create<string, JsonNode?>(o.Name, o.State.ToString().ToLowerInvariant()))),
            ["metricsServer"] = snapshot.MetricsServerUp ? "up" : "down",
            ["webhook"] = _cluster.Webhook.Running ? "up" : "down",
            ["controllerManager"] = _cluster.ControllerManager.Dead ? "dead" : "alive",
            ["writes"] = _cluster.Faults.WritesFail ? "fail" : "work",
            ["storm"] = _cluster.Faults.Storm,
            ["metricsApi"] = _cluster.ResourceMetrics.State.ToString().ToLowerInvariant(),
            ["room"] = _cluster.Parts.Workloads.Nodes.Room,
            ["staleList"] = _cluster.Faults.Lists.Age?.TotalSeconds,
            ["targets"] = new JsonArray([.. snapshot.Targets.Select(t => new JsonObject
            {
                ["target"] = $"{t.Namespace}/{t.Name}",
                ["workload"] = $"{t.Workload.Kind}/{t.Workload.Name}",
                ["replicas"] = t.Replicas,
                ["available"] = t.AvailableReplicas,
                ["min"] = t.Min,
                ["max"] = t.Max,
                ["paused"] = t.Paused,
                ["hpas"] = new JsonArray([.. t.Hpas.Select(h => new JsonObject { ["name"] = h.Name, ["scalingActive"] = h.ScalingActive, ["reason"] = h.Reason })]),
            })]),
        };
    }

    private ApiResponse Set(JsonObject wishes)
    {
        FaultWishes.Grant(_cluster.Faults, wishes);
        return ApiResponse.Json(200, State());
    }

    private static ApiResponse Refuse(int status, string why) => ApiResponse.Json(status, Json.Of("error", why));
}
