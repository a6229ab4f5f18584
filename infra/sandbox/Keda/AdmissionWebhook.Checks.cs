using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>What the webhook looks at within the ScaledObject, and in its workload (KEDA: apis/keda/v1alpha1/scaledobject_webhook.go).</summary>
public sealed partial class AdmissionWebhook
{
    private const int LongestLabel = 63;

    /// <summary>Triggers that KEDA itself never asks: the HPA does.</summary>
    private static readonly string[] OfResources = ["cpu", "memory"];

    /// <summary>KEDA can only idle at 0 replicas; what is looked at is the order of the counts. A minimum of 0 counts as 1 here.</summary>
    private static string? Counts(JsonObject? spec)
    {
        var min = spec.Whole("minReplicaCount") is { } asked ? Math.Max(1, asked) : 0;
        var max = spec.Whole("maxReplicaCount") ?? ScaledObjectView.DefaultMax;
        return min > max ? $"MinReplicaCount={min} must be less than MaxReplicaCount={max}"
            : spec.Whole("idleReplicaCount") is { } idle && idle >= min ? $"IdleReplicaCount={idle} must be less than MinReplicaCount={min}"
            : null;
    }

    private string? Triggers(JsonObject? spec)
    {
        var triggers = spec.Array("triggers") ?? [];
        if (triggers.Count == 0)
            return _traits.Has(KedaTrait.EmptyTriggersAreRefused) ? "no triggers defined in the ScaledObject/ScaledJob" : null;
        if (triggers.FirstOrDefault(t => t.IsTrue("useCachedMetrics") && t.Text("type") is "cpu" or "memory" or "cron").Text("type") is { } uncached)
            return $"property \"useCachedMetrics\" is not supported for \"{uncached}\" scaler";
        var twice = triggers.Select(t => t.Text("name")).Where(n => n is { Length: > 0 }).GroupBy(n => n).FirstOrDefault(n => n.Count() > 1)?.Key;
        return twice is null ? null : $"triggerName \"{twice}\" is defined multiple times in the ScaledObject/ScaledJob, but it must be unique";
    }

    private string? Names(JsonObject document)
    {
        if (!_traits.Has(KedaTrait.LongNamesAreRefused))
            return null;
        var name = document.Object("metadata").Text("name") ?? "";
        var hpa = HpaName(document);
        return name.Length > LongestLabel
                ? $"scaledobject name \"{name}\" is {name.Length} characters long; must be no more than {LongestLabel} characters "
                    + $"because it is used as the \"{KedaHpa.ScaledObjectLabel}\" label value"
            : hpa.Length > LongestLabel
                ? $"HPA name \"{hpa}\" derived from scaledobject is {hpa.Length} characters long; must be no more than {LongestLabel} characters; "
                    + "set spec.advanced.horizontalPodAutoscalerConfig.name to a shorter name or shorten the scaledobject name"
            : null;
    }

    private string? Fallback(JsonObject? spec)
    {
        var modifiers = spec.Object("advanced").Object("scalingModifiers");
        if (modifiers is { Count: > 0 } && modifiers.Text("formula") is not { Length: > 0 })
            return "error ScalingModifiers.Formula is mandatory";
        if (modifiers.Text("formula") is { Length: > 0 } && modifiers.Text("target") is not { Length: > 0 })
            return "error validating formula in ScalingModifiers\nformula is given but target is empty";
        if (spec.Object("fallback") is not { } fallback || !_traits.Has(KedaTrait.FallbackIsVerified))
            return null;
        if (fallback.Text("behavior") == "scalingModifiers" && modifiers.Text("formula") is not { Length: > 0 })
            return "scalingModifiers fallback behavior requires scalingModifiers.formula to be defined";
        return modifiers is not { Count: > 0 } && (spec.Array("triggers") ?? []).All(t => OfResources.Contains(t.Text("type")))
            ? "at least one trigger (that is not cpu or memory) has to have the `AverageValue` type for the fallback to be enabled"
            : null;
    }

    /// <summary>A CPU or memory trigger works only where the containers ask for some, or where a LimitRange asks for them.</summary>
    private string? Requests(JsonObject document)
    {
        var spec = document.Object("spec");
        var triggers = spec.Array("triggers") ?? [];
        var ns = document.Object("metadata").Text("namespace") ?? "";
        var target = spec.Object("scaleTargetRef");
        if (Resources.ScaleTarget(target.Text("kind")) is not { Custom: false } kind)
            return null;
        foreach (var trigger in triggers.Where(t => OfResources.Contains(t.Text("type"))))
        {
            var resource = trigger.Text("type")!;
            if (_parts.Store.Find(kind, ns, target.Text("name") ?? "") is not { } workload)
                return $"{kind.Kind}.apps \"{target.Text("name")}\" not found";
            var only = trigger.Object("metadata").Text("containerName");
            foreach (var container in workload.Spec.Object("template").Object("spec").Array("containers") ?? [])
            {
                if ((only is { Length: > 0 } && container.Text("name") != only) || Asks(container.Object("resources"), resource) || Limited(ns, resource))
                    continue;
                return $"the scaledobject has a {resource} trigger but the container {container.Text("name")} doesn't have the {resource} request defined";
            }

            if (triggers.All(t => OfResources.Contains(t.Text("type"))) && (spec.Whole("minReplicaCount") ?? 0) == 0)
                return "scaledobject has only cpu/memory triggers AND minReplica is 0 (scale to zero doesn't work in this case)";
        }

        return null;
    }

    private static bool Asks(JsonObject? resources, string name) => resources.Object("requests").Text(name) is not null || resources.Object("limits").Text(name) is not null;

    private bool Limited(string ns, string name) => _parts.Store.All(Resources.LimitRanges).Where(r => r.Namespace == ns)
        .SelectMany(r => r.Spec.Array("limits") ?? [])
        .Any(l => l.Text("type") == "Container" && (l.Object("default").Text(name) ?? l.Object("defaultRequest").Text(name)) is not null);

    private static string HpaName(JsonObject document) =>
        document.Object("spec").Object("advanced").Object("horizontalPodAutoscalerConfig").Text("name") is { Length: > 0 } named ? named : $"keda-hpa-{document.Object("metadata").Text("name")}";
}
