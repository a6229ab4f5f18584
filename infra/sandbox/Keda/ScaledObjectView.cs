using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

public sealed record TriggerView(int Index, string Type, string MetricName, long TargetMilli, KedaCron? Cron)
{
    /// <summary>CPU and memory triggers become resource metrics and need neither operator nor adapter.</summary>
    public bool External => Type is not ("cpu" or "memory");

    public bool Unreachable { get; init; }
}

/// <summary>A ScaledObject's spec as the operator reads it.</summary>
public sealed record ScaledObjectView(
    WorkloadKey Target,
    int Min,
    int Max,
    int? Idle,
    TimeSpan Polling,
    TimeSpan Cooldown,
    int? FallbackThreshold,
    int FallbackReplicas,
    string FallbackBehavior,
    string HpaName,
    ImmutableArray<TriggerView> Triggers,
    PauseAnnotations Pause)
{
    public const string ForceActivationKey = "autoscaling.keda.sh/force-activation";

    /// <summary>KEDA keeps it from 0, whatever its triggers say (2.18).</summary>
    public bool ForcesActivation { get; init; }

    /// <summary>Of a ScaledObject that names no maxReplicaCount.</summary>
    public const int DefaultMax = 100;

    /// <summary>Of the target's kind.</summary>
    public string ApiVersion => Resources.ScaleTarget(Target.Kind)?.ApiVersion ?? "apps/v1";

    public static ScaledObjectView Of(StoredObject scaledObject) => scaledObject.View(Parse);

    private static ScaledObjectView Parse(StoredObject scaledObject)
    {
        var spec = scaledObject.Spec;
        var target = spec.Object("scaleTargetRef");
        var fallback = spec.Object("fallback");
        var triggers = spec.Array("triggers") ?? [];
        return new ScaledObjectView(
            new WorkloadKey(scaledObject.Namespace, target.Text("kind") ?? "Deployment", target.Text("name") ?? ""),
            spec.Whole("minReplicaCount") ?? 0,
            spec.Whole("maxReplicaCount") ?? DefaultMax,
            spec.Whole("idleReplicaCount"),
            TimeSpan.FromSeconds(Math.Max(1, spec.Whole("pollingInterval") ?? 30)),
            TimeSpan.FromSeconds(spec.Whole("cooldownPeriod") ?? 300),
            fallback is null ? null : fallback.Whole("failureThreshold") ?? 3,
            fallback.Whole("replicas") ?? 0,
            fallback.Text("behavior") ?? "static",
            spec.Object("advanced").Object("horizontalPodAutoscalerConfig").Text("name") ?? $"keda-hpa-{scaledObject.Name}",
            [.. triggers.Select((t, i) => Trigger(t, i))],
            PauseAnnotations.Of(scaledObject))
        {
            ForcesActivation = PauseAnnotations.Holds(scaledObject.Annotation(ForceActivationKey)),
        };
    }

    private static TriggerView Trigger(JsonNode? trigger, int index)
    {
        var type = trigger.Text("type") ?? "unknown";
        var data = trigger.Object("metadata");
        var (name, target) = type switch
        {
            "redis" or "redis-streams" => ($"{type}-{Plain(data.Text("listName") ?? data.Text("stream") ?? "")}", Number(data, "listLength", 5)),
            "prometheus" => (type, Number(data, "threshold", 1)),
            "cron" => ($"cron-{Plain(data.Text("timezone") ?? "")}-{Cron(data.Text("start"))}-{Cron(data.Text("end"))}", 1000),
            _ => (type, Number(data, "value", 1)),
        };
        return new TriggerView(index, type, $"s{index}-{name}", target, type == "cron" ? KedaCron.Of(data) : null)
        {
            Unreachable = Uri.TryCreate(data.Text("serverAddress"), UriKind.Absolute, out var address) && address.Host.EndsWith(".invalid", StringComparison.Ordinal),
        };
    }

    private static long Number(JsonObject? data, string name, long usual) => Math.Max(1, Quantity.Milli(data.Text(name)) ?? usual * 1000);

    private static string Plain(string name) => string.Concat(name.Select(c => c is '/' or '.' or ':' or '%' or '(' or ')' ? '-' : c));

    private static string Cron(string? expression) =>
        Plain((expression ?? "").Replace(" ", "").Replace("*", "x").Replace("/", "Sl").Replace("?", "Qm").Replace(",", ""));
}
