using System.Globalization;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;

namespace Sophia.Keda.Reactor.Sandbox.Api;

public sealed record Column(string Name, string Type, string Description, Func<StoredObject, DateTimeOffset, JsonNode?> Cell)
{
    public string Format { get; init; } = "";
    public int Priority { get; init; }
}

/// <summary>The Table form of a list: what kubectl get prints.</summary>
public static partial class Tables
{
    public static bool Asked(ApiRequest request) => request.Accept.Contains("as=Table", StringComparison.Ordinal);

    public static JsonObject List(SandboxCluster cluster, Resource resource, IEnumerable<StoredObject> objects, JsonObject metadata, bool head = true)
    {
        if (metadata["continue"]?.ToString() == "")
            metadata.Remove("continue");
        var columns = Columns(resource);
        var rows = new JsonArray();
        foreach (var one in objects)
        {
            rows.Add(new JsonObject
            {
                ["cells"] = new JsonArray([.. columns.Select(c => c.Cell(one, cluster.Now))]),
                ["object"] = new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = one.Metadata.DeepClone() },
            });
        }

        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = head ? new JsonArray([.. columns.Select(Definition)]) : null,
            ["rows"] = rows,
        };
    }

    private static JsonNode Definition(Column column) => new JsonObject
    {
        ["name"] = column.Name,
        ["type"] = column.Type,
        ["format"] = column.Format,
        ["description"] = column.Description,
        ["priority"] = column.Priority,
    };

    private static Column[] Columns(Resource resource) => resource.Plural switch
    {
        "scaledobjects" => ScaledObjects,
        "horizontalpodautoscalers" => Hpas,
        "deployments" => Deployments,
        "statefulsets" => StatefulSets,
        "leases" => Leases,
        "events" => Events,
        "namespaces" => Namespaces,
        "apiservices" => ApiServices,
        _ => [Name, Age],
    };

    private static string? Condition(StoredObject o, string type) =>
        o.Status.Array("conditions")?.FirstOrDefault(c => c.Text("type") == type).Text("status");

    /// <summary>5s, 4m42s, 3h20m, 2d: as kubectl shortens durations.</summary>
    public static string Duration(TimeSpan age)
    {
        if (age < TimeSpan.Zero)
            age = TimeSpan.Zero;
        var (s, m, h, d) = ((int)age.TotalSeconds, (int)age.TotalMinutes, (int)age.TotalHours, (int)age.TotalDays);
        if (s < 120)
            return $"{s}s";
        if (m < 10)
            return s % 60 == 0 ? $"{m}m" : $"{m}m{s % 60}s";
        if (h < 3)
            return $"{m}m";
        if (h < 8)
            return m % 60 == 0 ? $"{h}h" : $"{h}h{m % 60}m";
        if (h < 48)
            return $"{h}h";
        return d < 8 && h % 24 != 0 ? $"{d}d{h % 24}h" : $"{d}d";
    }

    private static string Since(string? stamp, DateTimeOffset now) =>
        DateTimeOffset.TryParse(stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var then) ? Duration(now - then) : "<unknown>";

    private static string Targets(StoredObject hpa)
    {
        var current = hpa.Status.Array("currentMetrics") ?? [];
        var shown = HpaView.Of(hpa).Metrics.Select((metric, i) =>
        {
            var reading = i < current.Count ? current[i] : null;
            var value = (reading.Object("external") ?? reading.Object("resource") ?? reading.Object("containerResource")).Object("current");
            var goal = metric.Utilization ? $"{metric.Target}%" : Quantity.Text(metric.Target);
            var now = metric.Utilization
                ? value.Whole("averageUtilization") is { } percent ? $"{percent}%" : "<unknown>"
                : value.Text("averageValue") ?? "<unknown>";
            return metric.Kind switch
            {
                MetricKind.External => $"{now}/{goal} (avg)",
                MetricKind.ContainerResource => $"{metric.Container}/{metric.Name}: {now}/{goal}",
                _ => $"{metric.Name}: {now}/{goal}",
            };
        }).ToList();
        return shown.Count > 2 ? $"{shown[0]}, {shown[1]} + {shown.Count - 2} more..." : string.Join(", ", shown);
    }
}
