using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>How stored documents leave the server: with kind and apiVersion where the real one has them, events in both views.</summary>
public static class Documents
{
    /// <summary>A single object. Built-in types are stored without their kind, because lists leave it out.</summary>
    public static byte[] Single(Resource resource, StoredObject stored) => Single(resource, resource == Resources.EventsV1 ? Json.Bytes(EventV1(stored.Document)) : stored.Bytes);

    public static byte[] Single(Resource resource, JsonObject document) =>
        Single(resource, Json.Bytes(resource == Resources.EventsV1 ? EventV1(document) : document));

    /// <summary>An object inside a list or a watch.</summary>
    public static ReadOnlySpan<byte> Item(Resource resource, StoredObject stored) =>
        resource == Resources.EventsV1 ? Json.Bytes(EventV1(stored.Document)) : stored.Bytes;

    private static byte[] Single(Resource resource, byte[] bytes)
    {
        if (resource.Custom)
            return bytes;
        var head = Encoding.UTF8.GetBytes($"{{\"kind\":\"{resource.Kind}\",\"apiVersion\":\"{resource.ApiVersion}\",");
        var whole = new byte[head.Length + bytes.Length - 1];
        head.CopyTo(whole, 0);
        bytes.AsSpan(1).CopyTo(whole.AsSpan(head.Length));
        return whole;
    }

    /// <summary>What a client sent, as it is to be stored.</summary>
    public static JsonObject Incoming(Resource resource, JsonObject document)
    {
        if (resource.Custom)
            return (JsonObject)Json.Sorted(document)!;
        var stored = document.Copy();
        stored.Remove("kind");
        stored.Remove("apiVersion");
        if (resource == Resources.Namespaces)
            NamespaceDefaults(stored);
        else if (resource.HasScale)
            stored.Ensure("spec")["replicas"] ??= 1;

        // kubectl rollout status asks for it.
        if (resource == Resources.StatefulSets)
            stored.Ensure("spec")["updateStrategy"] ??= new JsonObject { ["type"] = "RollingUpdate", ["rollingUpdate"] = new JsonObject { ["partition"] = 0 } };
        return resource == Resources.Hpas ? HpaDefaults(stored) : stored;
    }

    private static void NamespaceDefaults(JsonObject ns)
    {
        ns["metadata"]!.AsObject().Ensure("labels")["kubernetes.io/metadata.name"] = ns["metadata"].Text("name");
        ns["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };
        ns["status"] ??= new JsonObject { ["phase"] = "Active" };
    }

    private static JsonObject HpaDefaults(JsonObject hpa)
    {
        var spec = hpa.Ensure("spec");
        spec["minReplicas"] ??= 1;
        // An HPA without metrics aims at 80 % CPU (measured).
        if (spec.Array("metrics") is null or { Count: 0 })
            spec["metrics"] = JsonNode.Parse("""[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}]""");
        foreach (var (direction, filled) in new[]
        {
            ("scaleUp", """{"stabilizationWindowSeconds":0,"selectPolicy":"Max","policies":[{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}]}"""),
            ("scaleDown", """{"selectPolicy":"Max","policies":[{"type":"Percent","value":100,"periodSeconds":15}]}"""),
        })
        {
            if (spec.Object("behavior") is not { } behavior)
                break;
            var rules = behavior.Ensure(direction);
            foreach (var (name, value) in (JsonObject)JsonNode.Parse(filled)!)
                rules[name] ??= value!.DeepClone();
        }

        hpa["status"] ??= new JsonObject { ["desiredReplicas"] = 0, ["currentMetrics"] = null };
        return hpa;
    }

    private static JsonObject EventV1(JsonObject core)
    {
        var view = new JsonObject
        {
            ["metadata"] = core["metadata"]!.DeepClone(),
            ["eventTime"] = core["eventTime"]?.DeepClone(),
            ["reportingController"] = core.Text("reportingComponent"),
            ["reason"] = core.Text("reason"),
            ["regarding"] = core["involvedObject"]!.DeepClone(),
            ["note"] = core.Text("message"),
            ["type"] = core.Text("type"),
            ["deprecatedSource"] = core["source"]?.DeepClone(),
        };
        foreach (var (from, to) in new[] { ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount") })
        {
            if (core.TryGetPropertyValue(from, out var value))
                view[to] = value?.DeepClone();
        }

        foreach (var name in new[] { "reportingInstance", "action", "series" })
        {
            if (core[name]?.DeepClone() is { } value && (name != "reportingInstance" || value.ToString().Length > 0))
                view[name] = value;
        }

        return view;
    }
}
