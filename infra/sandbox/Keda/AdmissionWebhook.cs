using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>KEDA's validating webhook. It sees people's writes of ScaledObjects; dry runs too.</summary>
public sealed partial class AdmissionWebhook
{
    private const string OwnershipKey = "validations.keda.sh/hpa-ownership";
    private readonly ClusterParts _parts;
    private readonly KedaTraits _traits;

    public AdmissionWebhook(ClusterParts parts, KedaTraits traits) => (_parts, _traits) = (parts, traits);

    public bool Running { get; set; } = true;

    /// <summary>A webhook configuration leads to it: without one it is never asked.</summary>
    public bool Asked { get; set; } = true;

    /// <summary>Why the write is refused, or null.</summary>
    /// <param name="document">As it would be.</param>
    /// <param name="dryRun">The workload's requests are not looked at then, as in the real one.</param>
    public string? Refusal(JsonObject document, bool dryRun) =>
        (Foreign(document) ?? Counts(document.Object("spec")) ?? Triggers(document.Object("spec")) ?? Names(document) ?? Fallback(document.Object("spec"))
            ?? (dryRun ? null : Requests(document))) is { } why ? $"admission webhook \"vscaledobject.kb.io\" denied the request: {why}" : null;

    /// <summary>Another HPA or ScaledObject has the workload.</summary>
    private string? Foreign(JsonObject document)
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
            return $"{described} hpa '{hpa.Name}'";
        }

        var other = _parts.Store.All(Resources.ScaledObjects)
            .FirstOrDefault(o => o.Namespace == ns && o.Name != name && ScaledObjectView.Of(o).Target == workload);
        if (other is not null)
            return $"{described} ScaledObject '{other.Name}'";
        var wanted = HpaName(document);
        return _parts.Store.All(Resources.ScaledObjects).FirstOrDefault(o => o.Namespace == ns && o.Name != name && ScaledObjectView.Of(o).HpaName == wanted) is { } owner
            ? $"the HPA '{wanted}' is already managed by the ScaledObject '{owner.Name}'"
            : null;
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
