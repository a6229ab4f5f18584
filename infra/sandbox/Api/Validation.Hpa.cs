using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Schemas;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>What must fit together in an HPA (kubernetes: pkg/apis/autoscaling/validation).</summary>
public static partial class Validation
{
    private const string NoSource = "Required value: must populate information for the given metric source";

    private static readonly string[] Sources = ["object", "pods", "resource", "containerResource", "external"];

    private static IEnumerable<FieldFault> Hpa(JsonObject? spec)
    {
        var min = spec.Whole("minReplicas") ?? 1;
        var max = spec.Whole("maxReplicas") ?? 0;
        if (min < 1)
            yield return new FieldFault("spec.minReplicas", $"Invalid value: {min}: must be greater than or equal to 1");
        if (max < 1)
            yield return new FieldFault("spec.maxReplicas", $"Invalid value: {max}: must be greater than 0");
        else if (max < min)
            yield return new FieldFault("spec.maxReplicas", $"Invalid value: {max}: must be greater than or equal to `minReplicas`");
        foreach (var (i, metric) in (spec.Array("metrics") ?? []).Index())
        {
            foreach (var cause in Metric(metric, $"spec.metrics[{i}]"))
                yield return cause;
        }

        foreach (var direction in new[] { "scaleUp", "scaleDown" })
        {
            if (spec.Object("behavior").Object(direction) is { } rules && rules.Array("policies") is { Count: 0 })
                yield return new FieldFault($"spec.behavior.{direction}.policies", "Required value: must specify at least one Policy");
        }
    }

    private static IEnumerable<FieldFault> Metric(JsonNode? metric, string path)
    {
        if (metric.Text("type") is not { Length: > 0 } type)
            yield break;
        var member = char.ToLowerInvariant(type[0]) + type[1..];
        if (metric.Object(member) is not { } source)
        {
            yield return new FieldFault($"{path}.{member}", NoSource, "FieldValueRequired");
            yield break;
        }

        foreach (var other in Sources.Where(o => o != member && metric.Object(o) is not null))
            yield return new FieldFault($"{path}.{other}", "Forbidden: must populate the given metric source only", "FieldValueForbidden");
        var target = source.Object("target");
        var utilization = target.Whole("averageUtilization");
        var value = target.Text("value") ?? target.Text("averageValue");
        var resource = member is "resource" or "containerResource";
        if (resource && utilization is null && target.Text("averageValue") is null)
            yield return new FieldFault($"{path}.{member}.target.averageUtilization", "Required value: must set either a target raw value or a target utilization", "FieldValueRequired");
        else if (resource && utilization is not null && target.Text("averageValue") is not null)
            yield return new FieldFault($"{path}.{member}.target.averageValue", "Forbidden: may not set both a target raw value and a target utilization", "FieldValueForbidden");
        else if (!resource && value is null)
            yield return new FieldFault($"{path}.{member}.target.averageValue", "Required value: must set either a target value for metric or a per-pod target", "FieldValueRequired");
    }
}
