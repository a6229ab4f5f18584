using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Http;

/// <summary>What somebody wrote into POST /sandbox/faults.</summary>
public static class FaultWishes
{
    private static readonly Dictionary<string, Action<FaultPlan, string, JsonNode?>> Known = new()
    {
        ["operator"] = (f, name, value) => SetOperator(f, name, value),
        ["metricsServer"] = (f, name, value) => f.SetMetricsServer(Is(name, value, "up", "down")),
        ["metricsService"] = (f, _, value) => f.SetMetricsService(value?.ToString()),
        ["webhook"] = (f, name, value) => f.SetWebhook(Is(name, value, "up", "down")),
        ["controllerManager"] = (f, name, value) => f.SetControllerManager(Is(name, value, "alive", "dead")),
        ["writes"] = (f, name, value) => f.SetWrites(Is(name, value, "work", "fail")),
        ["storm"] = (f, _, value) => f.SetStorm(value?.ToString()),
        ["metricsApi"] = (f, name, value) => f.SetMetricsApi(One<MetricsApi>(name, value)),
        ["room"] = (f, name, value) => f.SetRoom(Number(name, value)),
        ["staleList"] = (f, name, value) => f.SetStaleList(Number(name, value) is { } seconds ? TimeSpan.FromSeconds(seconds) : null),
        ["triggerSource"] = (f, _, value) => f.SetTriggerSource(TargetOf(value).Namespace, TargetOf(value).Name, Enum.Parse<TriggerFailure>(value.Text("fails") ?? "none", ignoreCase: true)),
        ["answersNothing"] = (f, _, value) => f.SetAnswersNothing(TargetOf(value).Namespace, TargetOf(value).Name, value.IsTrue("on")),
        ["oscillating"] = (f, _, value) => f.SetOscillating(TargetOf(value).Namespace, TargetOf(value).Name, value.IsTrue("on")),
        ["demand"] = (f, _, value) => f.SetDemand(TargetOf(value).Namespace, TargetOf(value).Name, (value as JsonObject)?["replicas"]?.GetValue<double>()),
        ["api"] = (f, _, value) => SetApi(f, value),
    };

    /// <exception cref="FormatException">Says which wish can't be understood, and what was expected.</exception>
    public static void Grant(FaultPlan faults, JsonObject wishes)
    {
        foreach (var (name, value) in wishes)
        {
            if (!Known.TryGetValue(name, out var grant))
                throw new FormatException($"unknown fault '{name}'; known are {string.Join(", ", Known.Keys)}");
            grant(faults, name, value);
        }
    }

    /// <summary>"dead", or of one of several {"name": "keda-operator-ai", "state": "dead"}.</summary>
    private static void SetOperator(FaultPlan faults, string name, JsonNode? value)
    {
        if (value is JsonObject one)
            faults.SetOperator(One<OperatorState>(name, one["state"]), one.Text("name") ?? throw new FormatException($"{name}.name is the name of an operator's Deployment"));
        else
            faults.SetOperator(One<OperatorState>(name, value));
    }

    private static void SetApi(FaultPlan faults, JsonNode? value)
    {
        faults.ClearApi();
        if (value is not JsonObject { Count: > 0 })
            return;
        var method = value.Text("method");
        var path = value.Text("path");
        faults.Add(new ApiFault
        {
            Kind = Enum.Parse<ApiFaultKind>(value.Text("kind") ?? "status", ignoreCase: true),
            Status = value.Whole("status") ?? 503,
            Delay = TimeSpan.FromMilliseconds(value.Whole("delayMs") ?? 0),
            RetryAfter = value.Whole("retryAfterSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Left = value.Whole("times"),
            Probability = (value as JsonObject)?["probability"]?.GetValue<double>() ?? 1,
            When = r => (method is null || r.Method == method) && (path is null || r.Path.Contains(path, StringComparison.Ordinal)),
        });
    }

    private static bool Is(string name, JsonNode? value, string yes, string no) =>
        value?.ToString() is { } said && (said == yes || said == no) ? said == yes : throw new FormatException($"{name} is \"{yes}\" or \"{no}\"");

    private static T One<T>(string name, JsonNode? value)
        where T : struct, Enum =>
        Enum.TryParse<T>(value?.ToString(), ignoreCase: true, out var one) && Enum.IsDefined(one) ? one
            : throw new FormatException($"{name} is one of {string.Join(", ", Enum.GetNames<T>().Select(n => $"\"{n.ToLowerInvariant()}\""))}");

    private static int? Number(string name, JsonNode? value) =>
        value is null ? null
        : value is JsonValue one && one.TryGetValue<int>(out var number) && number >= 0 ? number
        : throw new FormatException($"{name} is a whole number from 0, or null");

    private static (string Namespace, string Name) TargetOf(JsonNode? value) =>
        value.Text("target")?.Split('/') is [var ns, var name] ? (ns, name) : throw new FormatException("target is \"namespace/name\"");
}
