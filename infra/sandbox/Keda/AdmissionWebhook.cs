using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>KEDA's validating webhook. It sees people's writes of ScaledObjects; dry runs too.</summary>
public sealed class AdmissionWebhook
{
    private const string OwnershipKey = "validations.keda.sh/hpa-ownership";
    private readonly ClusterParts _parts;
    private readonly KedaTraits _traits;

    public AdmissionWebhook(ClusterParts parts, KedaTraits traits) => (_parts, _traits) = (parts, traits);

    public bool Running { get; set; } = true;

    /// <summary>A webhook configuration leads to it: without one it is never asked.</summary>
    public bool Asked { get; set; } = true;

    /// <summary>Why the write is refused, or null.</summary>
    public string? Refusal(JsonObject document)
    {
        var spec = document.Object("spec");
        var target = spec.Object("scaleTargetRef");
        var ns = document.Object("metadata").Text("namespace") ?? "";
        var name = document.Object("metadata").Text("name");
        var workload = new WorkloadKey(ns, target.Text("kind") ?? "Deployment", target.Text("name") ?? "");
        var described = $"the workload '{workload.Name}' of type '{Resources.ScaleTarget(workload.Kind)?.ApiVersion ?? "apps/v1"}.{workload.Kind}' is already managed by the";
        foreach (var hpa in _parts.HpaIndex.On(workload))
        {
            if ((hpa.Annotation(OwnershipKey) == "false" && _traits.Has(KedaTrait.OwnershipAnnotationLifts)) || Owns(hpa, name) || Transfers(document, hpa))
                continue;
            return $"admission webhook \"vscaledobject.kb.io\" denied the request: {described} hpa '{hpa.Name}'";
        }

        // KEDA itself can only idle at 0 replicas; what its webhook looks at is the order of the counts.
        var min = spec.Whole("minReplicaCount") ?? 0;
        if (spec.Whole("idleReplicaCount") is { } idle && idle >= min)
            return $"admission webhook \"vscaledobject.kb.io\" denied the request: IdleReplicaCount={idle} must be less than MinReplicaCount={min}";
        var other = _parts.Store.All(Resources.ScaledObjects)
            .FirstOrDefault(o => o.Namespace == ns && o.Name != name && ScaledObjectView.Of(o).Target == workload);
        return other is null ? null : $"admission webhook \"vscaledobject.kb.io\" denied the request: {described} ScaledObject '{other.Name}'";
    }

    /// <summary>Said on every accepted write; not errors.</summary>
    public static IEnumerable<string> Warnings(JsonObject document)
    {
        var spec = document.Object("spec");
        if ((spec.Whole("minReplicaCount") ?? 0) == 0 || spec.Whole("idleReplicaCount") == 0)
            yield break;
        var cached = (spec.Array("triggers") ?? []).Any(t => t.IsTrue("useCachedMetrics"));
        if (spec.Whole("pollingInterval") is not null && !cached)
            yield return "PollingInterval is configured but is not relevant. PollingInterval is only relevant when minReplicaCount = 0 or idleReplicaCount = 0 or useCachedMetrics is enabled";
        if (spec.Whole("cooldownPeriod") is not null)
            yield return "CooldownPeriod is configured but is not relevant. CooldownPeriod is only relevant when minReplicaCount = 0 or idleReplicaCount = 0";
    }

    /// <summary>Any owner reference will do, controller or not (measured).</summary>
    private static bool Owns(StoredObject hpa, string? scaledObject) =>
        (hpa.Metadata.Array("ownerReferences") ?? []).Any(o => o.Text("kind") == "ScaledObject" && o.Text("name") == scaledObject);

    private static bool Transfers(JsonObject document, StoredObject hpa) =>
        document.Object("metadata").Object("annotations").Text("scaledobject.keda.sh/transfer-hpa-ownership") == "true"
        && document.Object("spec").Object("advanced").Object("horizontalPodAutoscalerConfig").Text("name") == hpa.Name;
}
