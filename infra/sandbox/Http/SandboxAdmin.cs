using System.Text.Json;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Keda;

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
                ("GET", "/sandbox/keda/metrics") => _cluster.Metrics.Text() is { } text
                    ? new ApiResponse(200, System.Text.Encoding.UTF8.GetBytes(text)) { ContentType = "text/plain; version=0.0.4; charset=utf-8" }
                    : Refuse(503, "the operator does not answer"),
                ("POST", "/sandbox/faults") => Set(JsonNode.Parse(request.Body.Span) as JsonObject ?? throw new FormatException("a JSON object is expected")),
                _ => Refuse(404, "known are GET /sandbox/state, GET /sandbox/keda/metrics and POST /sandbox/faults"),
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
            ["metricsServer"] = snapshot.MetricsServerUp ? "up" : "down",
            ["webhook"] = _cluster.Webhook.Running ? "up" : "down",
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
        foreach (var (name, value) in wishes)
        {
            switch (name)
            {
                case "operator":
                    _cluster.Faults.SetOperator(Enum.Parse<OperatorState>(value!.GetValue<string>(), ignoreCase: true));
                    break;
                case "metricsServer":
                    _cluster.Faults.SetMetricsServer(UpOrDown(name, value));
                    break;
                case "webhook":
                    _cluster.Faults.SetWebhook(UpOrDown(name, value));
                    break;
                case "triggerSource":
                    var (ns, target) = TargetOf(value);
                    _cluster.Faults.SetTriggerSource(ns, target, Enum.Parse<TriggerFailure>(value.Text("fails") ?? "none", ignoreCase: true));
                    break;
                case "oscillating":
                    var (inside, oscillates) = TargetOf(value);
                    _cluster.Faults.SetOscillating(inside, oscillates, value.IsTrue("on"));
                    break;
                case "demand":
                    var (at, wanted) = TargetOf(value);
                    _cluster.Faults.SetDemand(at, wanted, (value as JsonObject)?["replicas"]?.GetValue<double>());
                    break;
                case "api":
                    _cluster.Faults.ClearApi();
                    if (value is JsonObject { Count: > 0 })
                        _cluster.Faults.Add(ApiFaultOf(value));
                    break;
                default:
                    throw new FormatException($"unknown fault '{name}'; known are operator, metricsServer, webhook, triggerSource, oscillating, demand, api");
            }
        }

        return ApiResponse.Json(200, State());
    }

    private static ApiFault ApiFaultOf(JsonNode value)
    {
        var method = value.Text("method");
        var path = value.Text("path");
        return new ApiFault
        {
            Kind = Enum.Parse<ApiFaultKind>(value.Text("kind") ?? "status", ignoreCase: true),
            Status = value.Whole("status") ?? 503,
            Delay = TimeSpan.FromMilliseconds(value.Whole("delayMs") ?? 0),
            RetryAfter = value.Whole("retryAfterSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Left = value.Whole("times"),
            Probability = (value as JsonObject)?["probability"]?.GetValue<double>() ?? 1,
            When = r => (method is null || r.Method == method) && (path is null || r.Path.Contains(path, StringComparison.Ordinal)),
        };
    }

    private static bool UpOrDown(string name, JsonNode? value) => value?.ToString() switch
    {
        "up" => true,
        "down" => false,
        _ => throw new FormatException($"{name} is \"up\" or \"down\""),
    };

    private static (string Namespace, string Name) TargetOf(JsonNode? value) =>
        value.Text("target")?.Split('/') is [var ns, var name] ? (ns, name) : throw new FormatException("target is \"namespace/name\"");

    private static ApiResponse Refuse(int status, string why) => ApiResponse.Json(status, Json.Of("error", why));
}
