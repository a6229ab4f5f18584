using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Hpa;

public enum MetricKind
{
    External,
    Resource,
    ContainerResource,
    Unknown,
}

/// <summary>One metric of an HPA. Target is in thousandths for values and in percent for utilisation.</summary>
public sealed record HpaMetric(MetricKind Kind, string Name, string? Container, bool Utilization, long Target, JsonObject? Selector)
{
    /// <summary>As messages and events name it.</summary>
    public string Description => Kind switch
    {
        MetricKind.External => $"external metric {Name}({HpaText.Selector(Selector)})",
        MetricKind.Resource => Utilization ? $"{Name} resource utilization (percentage of request)" : $"{Name} resource",
        MetricKind.ContainerResource => Utilization ? $"{Name} container resource utilization (percentage of request)" : $"{Name} container resource",
        _ => Name,
    };
}

public sealed record HpaPolicy(bool Percent, int Value, int PeriodSeconds);

public sealed record HpaRules(int StabilizationSeconds, string SelectPolicy, ImmutableArray<HpaPolicy> Policies);

/// <summary>An HPA's spec as the controller reads it, defaults filled in.</summary>
public sealed record HpaView(WorkloadKey Target, int Min, int Max, ImmutableArray<HpaMetric> Metrics, HpaRules Up, HpaRules Down)
{
    public static HpaView Of(StoredObject hpa) => hpa.View(Parse);

    /// <summary>The owner reference of the ScaledObject that controls it, if there is one.</summary>
    public static JsonNode? Controller(StoredObject hpa) =>
        hpa.Metadata.Array("ownerReferences")?.FirstOrDefault(o => o.IsTrue("controller") && o.Text("kind") == "ScaledObject");

    public static string? ControllingScaledObject(StoredObject hpa) => Controller(hpa).Text("uid");

    private static HpaView Parse(StoredObject hpa)
    {
        var spec = hpa.Spec;
        var target = spec.Object("scaleTargetRef");
        var behavior = spec.Object("behavior");
        var metrics = (spec.Array("metrics") ?? []).Select(Metric).ToImmutableArray();
        return new HpaView(
            new WorkloadKey(hpa.Namespace, target.Text("kind") ?? "Deployment", target.Text("name") ?? ""),
            spec.Whole("minReplicas") ?? 1,
            spec.Whole("maxReplicas") ?? 1,
            metrics,
            Rules(behavior.Object("scaleUp"), 0, [new HpaPolicy(false, 4, 15), new HpaPolicy(true, 100, 15)]),
            Rules(behavior.Object("scaleDown"), 300, [new HpaPolicy(true, 100, 15)]));
    }

    private static HpaRules Rules(JsonObject? rules, int stabilization, ImmutableArray<HpaPolicy> policies) => new(
        rules.Whole("stabilizationWindowSeconds") ?? stabilization,
        rules.Text("selectPolicy") ?? "Max",
        rules.Array("policies") is { Count: > 0 } own
            ? [.. own.Select(p => new HpaPolicy(p.Text("type") == "Percent", p.Whole("value") ?? 1, p.Whole("periodSeconds") ?? 15))]
            : policies);

    private static HpaMetric Metric(JsonNode? metric)
    {
        switch (metric.Text("type"))
        {
            case "External":
                var external = metric.Object("external");
                return new HpaMetric(MetricKind.External, external.Object("metric").Text("name") ?? "", null, Utilization: false,
                    Quantity.Milli(external.Object("target").Text("averageValue")) ?? Quantity.Milli(external.Object("target").Text("value")) ?? 1000,
                    external.Object("metric").Object("selector"));
            case "Resource":
                return Usage(MetricKind.Resource, metric.Object("resource"));
            case "ContainerResource":
                return Usage(MetricKind.ContainerResource, metric.Object("containerResource"));
            default:
                return new HpaMetric(MetricKind.Unknown, metric.Text("type") ?? "", null, Utilization: false, 1, null);
        }
    }

    private static HpaMetric Usage(MetricKind kind, JsonObject? source)
    {
        var target = source.Object("target");
        var percent = target.Whole("averageUtilization");
        return new HpaMetric(kind, source.Text("name") ?? "cpu", source.Text("container"), percent is not null,
            percent ?? Quantity.Milli(target.Text("averageValue")) ?? 1, null);
    }
}

public static class HpaText
{
    /// <summary>A label selector as Go prints it into events and conditions.</summary>
    public static string Selector(JsonObject? selector)
    {
        var labels = string.Concat((selector.Object("matchLabels") ?? []).Select(l => $"{l.Key}: {l.Value},"));
        return $"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{}},}}";
    }
}
