using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>The HPA that KEDA makes for a ScaledObject, as measured.</summary>
public static class KedaHpa
{
    public const string ScaledObjectLabel = "scaledobject.keda.sh/name";

    public static JsonObject Document(StoredObject scaledObject, ScaledObjectView view, string version)
    {
        var metadata = new JsonObject
        {
            ["name"] = view.HpaName,
            ["namespace"] = scaledObject.Namespace,
            ["labels"] = new JsonObject
            {
                ["app.kubernetes.io/managed-by"] = "keda-operator",
                ["app.kubernetes.io/name"] = view.HpaName,
                ["app.kubernetes.io/part-of"] = scaledObject.Name,
                ["app.kubernetes.io/version"] = version,
                [ScaledObjectLabel] = scaledObject.Name,
            },
        };
        if (scaledObject.Annotations is { Count: > 0 } annotations)
            metadata["annotations"] = annotations.DeepClone();
        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = Resources.ScaledObjects.ApiVersion,
            ["kind"] = "ScaledObject",
            ["name"] = scaledObject.Name,
            ["uid"] = scaledObject.Uid,
            ["controller"] = true,
            ["blockOwnerDeletion"] = true,
        });
        metadata["managedFields"] = new JsonArray(ManagedBy(scaledObject));
        return new JsonObject { ["metadata"] = metadata, ["spec"] = Spec(scaledObject, view), ["status"] = HpaStatus.Empty.Document() };
    }

    public static JsonObject Spec(StoredObject scaledObject, ScaledObjectView view)
    {
        var spec = new JsonObject
        {
            ["scaleTargetRef"] = new JsonObject { ["kind"] = view.Target.Kind, ["name"] = view.Target.Name, ["apiVersion"] = view.ApiVersion },
            ["minReplicas"] = Math.Max(1, view.Min),
            ["maxReplicas"] = view.Max,
            ["metrics"] = new JsonArray([.. view.Triggers.Select(t => Metric(scaledObject, t))]),
        };
        if (Behavior(scaledObject, view.Pause) is { } behavior)
            spec["behavior"] = behavior;
        return spec;
    }

    /// <summary>Pausing one direction leaves the HPA and disables that direction in it (measured).</summary>
    private static JsonObject? Behavior(StoredObject scaledObject, PauseAnnotations pause)
    {
        var own = scaledObject.Spec.Object("advanced").Object("horizontalPodAutoscalerConfig").Object("behavior");
        if (own is null && !pause.In && !pause.Out)
            return null;
        var behavior = own?.Copy() ?? [];
        if (pause.In)
            behavior.Ensure("scaleDown")["selectPolicy"] = "Disabled";
        if (pause.Out)
            behavior.Ensure("scaleUp")["selectPolicy"] = "Disabled";
        return behavior;
    }

    private static JsonObject Metric(StoredObject scaledObject, TriggerView trigger)
    {
        if (!trigger.External)
        {
            var value = scaledObject.Spec.Array("triggers")![trigger.Index].Object("metadata").Text("value");
            return new JsonObject
            {
                ["type"] = "Resource",
                ["resource"] = new JsonObject
                {
                    ["name"] = trigger.Type,
                    ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = int.TryParse(value, out var percent) ? percent : 80 },
                },
            };
        }

        return new JsonObject
        {
            ["type"] = "External",
            ["external"] = new JsonObject
            {
                ["metric"] = new JsonObject
                {
                    ["name"] = trigger.MetricName,
                    ["selector"] = new JsonObject { ["matchLabels"] = Json.Of(ScaledObjectLabel, scaledObject.Name) },
                },
                ["target"] = new JsonObject { ["type"] = "AverageValue", ["averageValue"] = Quantity.Text(trigger.TargetMilli) },
            },
        };
    }

    private static JsonObject ManagedBy(StoredObject scaledObject) => new()
    {
        ["manager"] = "keda",
        ["operation"] = "Update",
        ["apiVersion"] = Resources.Hpas.ApiVersion,
        ["time"] = scaledObject.Metadata.Text("creationTimestamp"),
        ["fieldsType"] = "FieldsV1",
        ["fieldsV1"] = new JsonObject
        {
            ["f:spec"] = new JsonObject
            {
                ["f:maxReplicas"] = new JsonObject(),
                ["f:metrics"] = new JsonObject(),
                ["f:minReplicas"] = new JsonObject(),
                ["f:scaleTargetRef"] = new JsonObject { ["f:apiVersion"] = new JsonObject(), ["f:kind"] = new JsonObject(), ["f:name"] = new JsonObject() },
            },
        },
    };
}
