using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Alerts;

/// <summary>
/// The target that an alert's labels name: its ScaledObject, else what it scales, else the HPA. The names of the labels are those of KEDA and
/// of kube-state-metrics. At most one of the four names is there.
/// </summary>
internal sealed record AlertTarget(string? Namespace = null, string? ScaledObject = null, string? Deployment = null, string? StatefulSet = null, string? Hpa = null)
{
    private const string Names = "scaledObject, deployment, statefulset or horizontalpodautoscaler";

    public static AlertTarget? Of(JsonElement alert, Cause cause, out (Reason Reason, string Because) refusal)
    {
        refusal = default;

        // What a cluster-wide alert carries as namespace is KEDA's own, or an exporter's: no target may be concluded from it. Of several operators
        // it may tell which (the core holds it against those that are there).
        if (cause == Cause.OperatorUnhealthy)
            return new AlertTarget(Named(alert, "exported_namespace", "namespace"), Deployment: Named(alert, "deployment"));
        if (Causes.ScopeOf(cause) == Scope.Cluster)
            return new AlertTarget();
        if (OfScaledJob(alert))
        {
            refusal = (Reason.AlertWithoutTarget, "it is about a ScaledJob, by its labels: ScaledJobs are never changed, and their errors are no ScaledObject's");
            return null;
        }

        var namespaceLabel = Present(alert, "exported_namespace") ? "exported_namespace" : "namespace";
        var nameLabel = Present(alert, "scaledObject") ? "scaledObject"
            : Present(alert, "deployment") ? "deployment"
            : Present(alert, "statefulset") ? "statefulset"
            : "horizontalpodautoscaler";
        var (space, name) = (AlertFields.Label(alert, namespaceLabel), AlertFields.Label(alert, nameLabel));
        refusal = (AlertFields.Fault(alert, namespaceLabel) ?? AlertFields.Fault(alert, nameLabel)) is { } fault ? (Reason.AlertInvalid, fault)
            : string.IsNullOrEmpty(space) ? (Reason.AlertWithoutTarget, "it names no namespace (label exported_namespace or namespace)")
            : string.IsNullOrEmpty(name) ? (Reason.AlertWithoutTarget, $"it names no target (label {Names})")
            : !KubernetesName.IsNamespace(space) ? (Reason.AlertInvalid, $"label {namespaceLabel} is no Kubernetes namespace name")
            : !KubernetesName.IsName(name) ? (Reason.AlertInvalid, $"label {nameLabel} is no Kubernetes object name")
            : default;
        return refusal.Because is not null ? null : nameLabel switch
        {
            "scaledObject" => new AlertTarget(space, ScaledObject: name),
            "deployment" => new AlertTarget(space, Deployment: name),
            "statefulset" => new AlertTarget(space, StatefulSet: name),
            _ => new AlertTarget(space, Hpa: name),
        };
    }

    /// <summary>
    /// KEDA counts a ScaledJob's errors with its name under scaledObject and type="scaledjob"; empty answers with resourceType="ScaledJob"
    /// (2.21) or isScaledObject="false"; and what is a ScaledJob's alone under scaledJob.
    /// </summary>
    private static bool OfScaledJob(JsonElement alert) =>
        Is(alert, "type", "scaledjob") || Is(alert, "resourceType", "scaledjob") || Is(alert, "isScaledObject", "false")
        || (Present(alert, "scaledJob") && !Present(alert, "scaledObject"));

    /// <summary>The first of these labels that is there and may be a name; what may not is not worth refusing the alert for.</summary>
    private static string? Named(JsonElement alert, params string[] labels) =>
        labels.Where(label => AlertFields.Fault(alert, label) is null).Select(label => AlertFields.Label(alert, label)).FirstOrDefault(name => name is { Length: > 0 } && KubernetesName.IsName(name));

    private static bool Is(JsonElement alert, string label, string value) => string.Equals(AlertFields.Label(alert, label), value, StringComparison.OrdinalIgnoreCase);

    /// <summary>An empty label is no label, as Prometheus has it.</summary>
    private static bool Present(JsonElement alert, string label) =>
        AlertFields.Fault(alert, label) is not null || !string.IsNullOrEmpty(AlertFields.Label(alert, label));
}
