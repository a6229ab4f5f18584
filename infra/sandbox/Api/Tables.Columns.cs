using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

public static partial class Tables
{
    private const string NameText = "Name of the object, unique within its namespace.";

    private static readonly Column Name = new("Name", "string", NameText, (o, _) => o.Name) { Format = "name" };

    private static readonly Column Age = new("Age", "string",
        "CreationTimestamp is a timestamp representing the server time when this object was created.", (o, now) => Since(o.Metadata.Text("creationTimestamp"), now));

    private static readonly Column[] ScaledObjects =
    [
        Name,
        Path("ScaleTargetKind", "string", ".status.scaleTargetKind", o => o.Status.Text("scaleTargetKind")),
        Path("ScaleTargetName", "string", ".spec.scaleTargetRef.name", o => o.Spec.Object("scaleTargetRef").Text("name")),
        Path("Min", "integer", ".spec.minReplicaCount", o => o.Spec.Whole("minReplicaCount")),
        Path("Max", "integer", ".spec.maxReplicaCount", o => o.Spec.Whole("maxReplicaCount")),
        ConditionColumn("Ready"),
        ConditionColumn("Active"),
        ConditionColumn("Fallback"),
        ConditionColumn("Paused"),
        Path("Triggers", "string", ".status.triggersTypes", o => o.Status.Text("triggersTypes")),
        Path("Authentications", "string", ".status.authenticationsTypes", o => o.Status.Text("authenticationsTypes")),
        new("Age", "date", "Custom resource definition column (in JSONPath format): .metadata.creationTimestamp", (o, now) => Since(o.Metadata.Text("creationTimestamp"), now)),
    ];

    private static readonly Column[] Hpas =
    [
        Name,
        new("Reference", "string", "reference to scaled resource", (o, _) => $"{o.Spec.Object("scaleTargetRef").Text("kind")}/{o.Spec.Object("scaleTargetRef").Text("name")}"),
        new("Targets", "string", "the specifications for which to use to calculate the desired replica count", (o, _) => Targets(o)),
        new("MinPods", "string", "the lower limit for the number of replicas to which the autoscaler can scale down", (o, _) => (o.Spec.Whole("minReplicas") ?? 1).ToString()),
        new("MaxPods", "integer", "the upper limit for the number of replicas to which the autoscaler can scale up", (o, _) => o.Spec.Whole("maxReplicas")),
        new("Replicas", "integer", "the current number of replicas of pods managed by this autoscaler", (o, _) => o.Status.Whole("currentReplicas") ?? 0),
        Age,
    ];

    private static readonly Column[] Deployments =
    [
        Name,
        new("Ready", "string", "Number of the pod with ready state", (o, _) => $"{o.Status.Whole("readyReplicas") ?? 0}/{Workloads.Wanted(o)}"),
        new("Up-to-date", "string", "Total number of non-terminated pods targeted by this deployment that have the desired template spec.", (o, _) => (o.Status.Whole("updatedReplicas") ?? 0).ToString()),
        new("Available", "string", "Total number of available pods (ready for at least minReadySeconds) targeted by this deployment.", (o, _) => (o.Status.Whole("availableReplicas") ?? 0).ToString()),
        Age,
        new("Containers", "string", "Names of each container in the template.", (o, _) => Containers(o, "name")) { Priority = 1 },
        new("Images", "string", "Images referenced by each container in the template.", (o, _) => Containers(o, "image")) { Priority = 1 },
        new("Selector", "string", "Label selector for pods.", (o, _) => Workloads.Selector(o)) { Priority = 1 },
    ];

    private static readonly Column[] StatefulSets =
    [
        Name,
        new("Ready", "string", "Number of the pod with ready state", (o, _) => $"{o.Status.Whole("readyReplicas") ?? 0}/{Workloads.Wanted(o)}"),
        Age,
    ];

    private static readonly Column[] Leases =
    [
        Name,
        new("Holder", "string", "holderIdentity contains the identity of the holder of a current lease.", (o, _) => o.Spec.Text("holderIdentity")),
        Age,
    ];

    private static readonly Column[] Events =
    [
        new("Last Seen", "string", "The time at which the most recent occurrence of this event was recorded.", (o, now) => Seen(o, now)),
        new("Type", "string", "Type of this event (Normal, Warning), new types could be added in the future.", (o, _) => o.Document.Text("type")),
        new("Reason", "string", "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.", (o, _) => o.Document.Text("reason")),
        new("Object", "string", "The object that this event is about.", (o, _) =>
            $"{o.Document.Object("involvedObject").Text("kind")?.ToLowerInvariant()}/{o.Document.Object("involvedObject").Text("name")}"),
        new("Subobject", "string", "If referring to a piece of an object instead of an entire object.", (_, _) => "") { Priority = 1 },
        new("Source", "string", "The component reporting this event.", (o, _) => o.Document.Object("source").Text("component")) { Priority = 1 },
        new("Message", "string", "A human-readable description of the status of this operation.", (o, _) => o.Document.Text("message")),
        new("First Seen", "string", "The time at which the event was first recorded.", (o, now) => Since(o.Document.Text("firstTimestamp"), now)) { Priority = 1 },
        new("Count", "string", "The number of times this event has occurred.", (o, _) => (o.Document.Whole("count") ?? 1).ToString()) { Priority = 1 },
        Name with { Priority = 1 },
    ];

    private static readonly Column[] Namespaces = [Name, new("Status", "string", "The status of the namespace", (o, _) => o.Status.Text("phase")), Age];

    private static readonly Column[] ApiServices =
    [
        Name,
        new("Service", "string", "The reference to the service that hosts this API endpoint.", (o, _) =>
            o.Spec.Object("service") is { } service ? $"{service.Text("namespace")}/{service.Text("name")}" : "Local"),
        new("Available", "string", "Whether this service is available.", (o, _) =>
        {
            var condition = o.Status.Array("conditions")?.FirstOrDefault(c => c.Text("type") == "Available");
            return condition.Text("status") == "True" ? "True" : $"False ({condition.Text("reason")})";
        }),
        Age,
    ];

    private static Column Path(string name, string type, string path, Func<StoredObject, JsonNode?> cell) =>
        new(name, type, "Custom resource definition column (in JSONPath format): " + path, (o, _) => cell(o));

    private static Column ConditionColumn(string type) =>
        Path(type, "string", $".status.conditions[?(@.type==\"{type}\")].status", o => Condition(o, type));

    private static string Containers(StoredObject o, string field) =>
        string.Join(',', (o.Spec.Object("template").Object("spec").Array("containers") ?? []).Select(c => c.Text(field)));

    private static string Seen(StoredObject o, DateTimeOffset now)
    {
        var last = Since(o.Document.Text("lastTimestamp"), now);
        return (o.Document.Whole("count") ?? 1) > 1 ? $"{last} (x{o.Document.Whole("count")} over {Since(o.Document.Text("firstTimestamp"), now)})" : last;
    }
}
