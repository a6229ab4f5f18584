using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Hpa;

public sealed record HpaCondition(string Type, bool Status, DateTimeOffset Since, string Reason, string Message);

/// <summary>What one metric read; the pieces of status.currentMetrics.</summary>
public sealed record MetricReading(HpaMetric Metric, long AverageMilli, int? UtilizationPercent);

/// <summary>The controller's memory of one HPA's status. The document is written only when this changes.</summary>
public sealed record HpaStatus(
    DateTimeOffset? LastScaleTime,
    int? CurrentReplicas,
    int DesiredReplicas,
    ImmutableArray<MetricReading> Metrics,
    ImmutableArray<HpaCondition> Conditions)
{
    public static HpaStatus Empty { get; } = new(null, null, 0, [], []);

    public HpaCondition? Condition(string type) => Conditions.FirstOrDefault(c => c.Type == type);

    /// <summary>The transition time moves only when the status does.</summary>
    public HpaStatus With(string type, bool status, DateTimeOffset now, string reason, string message)
    {
        var old = Condition(type);
        var made = new HpaCondition(type, status, old is not null && old.Status == status ? old.Since : now, reason, message);
        return this with { Conditions = old is null ? Conditions.Add(made) : Conditions.Replace(old, made) };
    }

    public bool SameAs(HpaStatus other) =>
        LastScaleTime == other.LastScaleTime && CurrentReplicas == other.CurrentReplicas && DesiredReplicas == other.DesiredReplicas
        && Metrics.SequenceEqual(other.Metrics) && Conditions.SequenceEqual(other.Conditions);

    public JsonObject Document()
    {
        var status = new JsonObject();
        if (LastScaleTime is { } scaled)
            status["lastScaleTime"] = Json.Seconds(scaled);
        if (CurrentReplicas is { } current and not 0)
            status["currentReplicas"] = current;
        status["desiredReplicas"] = DesiredReplicas;
        status["currentMetrics"] = Metrics.Length == 0 ? null : new JsonArray([.. Metrics.Select(Reading)]);
        if (Conditions.Length > 0)
            status["conditions"] = new JsonArray([.. Conditions.Select(Condition)]);
        return status;
    }

    private static JsonNode Condition(HpaCondition condition) => new JsonObject
    {
        ["type"] = condition.Type,
        ["status"] = condition.Status ? "True" : "False",
        ["lastTransitionTime"] = Json.Seconds(condition.Since),
        ["reason"] = condition.Reason,
        ["message"] = condition.Message,
    };

    private static JsonNode Reading(MetricReading reading)
    {
        var current = new JsonObject { ["averageValue"] = Quantity.Text(reading.AverageMilli) };
        if (reading.UtilizationPercent is { } percent)
            current["averageUtilization"] = percent;
        switch (reading.Metric.Kind)
        {
            case MetricKind.External:
                var metric = Json.Of("name", reading.Metric.Name);
                if (reading.Metric.Selector is { } selector)
                    metric["selector"] = selector.DeepClone();
                return new JsonObject { ["type"] = "External", ["external"] = new JsonObject { ["metric"] = metric, ["current"] = current } };
            case MetricKind.ContainerResource:
                return new JsonObject
                {
                    ["type"] = "ContainerResource",
                    ["containerResource"] = new JsonObject { ["name"] = reading.Metric.Name, ["container"] = reading.Metric.Container, ["current"] = current },
                };
            default:
                return new JsonObject { ["type"] = "Resource", ["resource"] = new JsonObject { ["name"] = reading.Metric.Name, ["current"] = current } };
        }
    }
}
