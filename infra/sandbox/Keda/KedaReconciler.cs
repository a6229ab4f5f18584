using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>What one reconcile of a ScaledObject changes. When it happens is the work queue's business.</summary>
public sealed class KedaReconciler
{
    public const string Component = "keda-operator";
    public const string Finalizer = "finalizer.keda.sh";

    private static readonly string[] Copied = ["labels", "annotations", "ownerReferences"];
    private readonly ClusterParts _parts;
    private readonly KedaStatus _status;
    private readonly string _version;
    private readonly KedaTraits _traits;
    private readonly HashSet<StoredObject> _pausing = [];

    public KedaReconciler(ClusterParts parts, KedaStatus status, string version, KedaTraits traits)
    {
        _traits = traits;
        _parts = parts;
        _status = status;
        _version = version;
    }

    /// <summary>The ScaledObject as this release of KEDA reads it.</summary>
    public ScaledObjectView Read(StoredObject scaledObject)
    {
        var view = ScaledObjectView.Of(scaledObject);
        return view with { Pause = _traits.Read(view.Pause) };
    }

    public StoredObject? Hpa(StoredObject scaledObject) =>
        _parts.Store.Find(Resources.Hpas, scaledObject.Namespace, ScaledObjectView.Of(scaledObject).HpaName);

    /// <summary>The first half of pausing, where the condition comes before the HPA goes (#7231).</summary>
    public void BeginPause(StoredObject scaledObject)
    {
        if (MarkPaused(scaledObject))
            _pausing.Add(scaledObject);
    }

    /// <summary>A new operator takes the condition that its predecessor wrote for an old one.</summary>
    public void ForgetBegun() => _pausing.Clear();

    /// <summary>The condition and the events; false when they stood already.</summary>
    private bool MarkPaused(StoredObject scaledObject)
    {
        if (scaledObject.Gone || !PauseAnnotations.Of(scaledObject).Full || KedaStatus.Is(scaledObject, "Paused"))
            return false;
        _status.Change(scaledObject, s =>
        {
            KedaStatus.Ready(s, paused: true);
            KedaStatus.Put(s, "Paused", "True", "ScaledObjectPaused", "ScaledObject is paused");
        });
        if (_traits.Has(KedaTrait.PauseEvents))
            _parts.Events.Normal(scaledObject, Component, "ScaledObjectPaused", "ScaledObject is paused");
        _parts.Events.Normal(scaledObject, Component, "KEDAScalersStopped", "Stopped scalers watch");
        return true;
    }

    /// <summary>The second half: the HPA goes, the replicas stay as they are or go where paused-replicas says.</summary>
    public void Pause(StoredObject scaledObject)
    {
        var view = ScaledObjectView.Of(scaledObject);
        var begun = _pausing.Remove(scaledObject);
        if (!begun && _traits.Has(KedaTrait.PausedConditionIsBelieved) && KedaStatus.Is(scaledObject, "Paused"))
            return;
        if (_traits.Has(KedaTrait.ConditionComesBeforeTheHpaGoes))
            MarkPaused(scaledObject);
        if (Hpa(scaledObject) is { } hpa && HpaView.ControllingScaledObject(hpa) == scaledObject.Uid)
            _parts.Store.Delete(hpa, Component);
        MarkPaused(scaledObject);
        if (view.Pause.ReplicasAreBroken)
        {
            _status.Set(scaledObject, "Ready", "False", "ScaledObjectCheckFailed", $"strconv.ParseInt: parsing \"{view.Pause.Replicas}\": invalid syntax");
            return;
        }

        if (view.Pause.ReplicaCount is not { } count || scaledObject.Status.Whole("pausedReplicaCount") == count)
            return;
        if (_parts.Workloads.Find(view.Target) is { } workload)
            _parts.Workloads.Scale(workload, count, Component);
        _status.Change(scaledObject, s => s["pausedReplicaCount"] = count);
    }

    public void Run(StoredObject scaledObject)
    {
        Adopt(scaledObject);
        var view = Read(scaledObject);
        if (_parts.Workloads.Find(view.Target) is not { } workload)
        {
            _parts.Events.Warning(scaledObject, Component, "ScaledObjectCheckFailed", "Target resource doesn't exist");
            _status.Set(scaledObject, "Ready", "False", "ScaledObjectCheckFailed", "ScaledObject doesn't have correct scaleTargetRef specification");
            return;
        }

        if (view.Triggers.Any(t => t.Cron is { Refused: true }))
        {
            _parts.Events.Warning(scaledObject, Component, "ScaledObjectCheckFailed", "error parsing cron metadata");
            _status.Set(scaledObject, "Ready", "False", "ScaledObjectCheckFailed", "Failed to ensure HPA is correctly created for ScaledObject");
            return;
        }

        var first = scaledObject.Status is null or { Count: 0 };
        var wasPaused = KedaStatus.Is(scaledObject, "Paused");
        PutHpa(scaledObject, view);
        _status.Change(scaledObject, s => Describe(s, scaledObject, view, workload, wasPaused));
        if (first || (wasPaused && !view.Pause.Any))
        {
            if (!first && _traits.Has(KedaTrait.PauseEvents))
                _parts.Events.Normal(scaledObject, Component, "ScaledObjectUnpaused", "ScaledObject is unpaused");
            _parts.Events.Normal(scaledObject, Component, "KEDAScalersStarted", "Started scalers watch");
            _parts.Events.Normal(scaledObject, Component, "ScaledObjectReady", "ScaledObject is ready for scaling");
        }
    }

    /// <summary>Makes the HPA, or puts it back as it should be; one of that name that somebody else made is taken over (measured).</summary>
    public void PutHpa(StoredObject scaledObject, ScaledObjectView view)
    {
        var wanted = KedaHpa.Document(scaledObject, view, _version);
        if (Hpa(scaledObject) is not { } hpa)
        {
            _parts.Store.Create(Resources.Hpas, wanted, Component);
            return;
        }

        if (Json.Same(hpa.Spec, wanted["spec"]) && HasOwner(hpa, scaledObject) && Json.Same(hpa.Annotations ?? [], wanted["metadata"].Object("annotations") ?? [])
            && Json.Same(hpa.Metadata["labels"], wanted["metadata"]!["labels"]))
            return;
        _parts.Store.Update(hpa, d =>
        {
            d["spec"] = wanted["spec"]!.DeepClone();
            foreach (var name in Copied)
            {
                if (wanted["metadata"]![name] is { } value)
                    d["metadata"]![name] = value.DeepClone();
                else
                    ((JsonObject)d["metadata"]!).Remove(name);
            }
        }, Component);
    }

    /// <summary>The finalizer's work: let the object go. Its HPA follows through its owner reference.</summary>
    public void Finish(StoredObject scaledObject)
    {
        _parts.Events.Normal(scaledObject, Component, "KEDAScalersStopped", "Stopped scalers watch");
        _parts.Events.Normal(scaledObject, Component, "ScaledObjectDeleted", "ScaledObject was deleted");
        if (scaledObject.Metadata.Array("finalizers") is not { } finalizers)
            return;
        _parts.Store.Update(scaledObject, d =>
        {
            var rest = new JsonArray([.. finalizers.Where(f => f?.GetValue<string>() != Finalizer).Select(f => f!.DeepClone())]);
            if (rest.Count == 0)
                ((JsonObject)d["metadata"]!).Remove("finalizers");
            else
                d["metadata"]!["finalizers"] = rest;
        }, KedaStatus.By);
    }

    private void Adopt(StoredObject scaledObject)
    {
        var marked = (scaledObject.Metadata.Array("finalizers") ?? []).Any(f => f?.GetValue<string>() == Finalizer);
        if (marked && scaledObject.Metadata.Object("labels").Text(KedaHpa.ScaledObjectLabel) == scaledObject.Name)
            return;
        var before = scaledObject.Document.Copy();
        _parts.Store.Update(scaledObject, d =>
        {
            var metadata = (JsonObject)d["metadata"]!;
            if (!marked)
            {
                var finalizers = metadata.Array("finalizers")?.DeepClone().AsArray() ?? [];
                finalizers.Add(Finalizer);
                metadata["finalizers"] = finalizers;
            }

            metadata.Ensure("labels")[KedaHpa.ScaledObjectLabel] = scaledObject.Name;
            d["metadata"] = Json.Sorted(metadata);
            ManagedFields.Record(scaledObject.Resource, before, d, KedaStatus.By, _parts.Agenda.Now);
        }, KedaStatus.By);
    }

    private void Describe(JsonObject status, StoredObject scaledObject, ScaledObjectView view, StoredObject workload, bool wasPaused)
    {
        status["externalMetricNames"] = new JsonArray([.. view.Triggers.Where(t => t.External).Select(t => JsonValue.Create(t.MetricName))]);
        status["hpaName"] = view.HpaName;
        status["originalReplicaCount"] ??= Workloads.Wanted(workload);
        status["scaleTargetGVKR"] = new JsonObject
        {
            ["group"] = workload.Resource.Group,
            ["kind"] = view.Target.Kind,
            ["resource"] = workload.Resource.Plural,
            ["version"] = workload.Resource.Version,
        };
        status["scaleTargetKind"] = $"{view.ApiVersion}.{view.Target.Kind}";
        if (_traits.Has(KedaTrait.TypesInStatus))
        {
            status["authenticationsTypes"] ??= "";
            status["triggersTypes"] = string.Join(',', view.Triggers.Select(t => t.Type).Distinct());
        }

        status.Remove("pausedReplicaCount");
        foreach (var trigger in view.Triggers.Where(t => t.External && status.Object("health").Object(t.MetricName) is null))
            KedaStatus.Health(status, trigger.MetricName, 0, failing: false);
        if (status.Array("conditions") is null)
        {
            KedaStatus.Put(status, "Active", "Unknown");
            KedaStatus.NoFallback(status);
        }

        KedaStatus.Ready(status, paused: false);
        if (view.Pause.Any)
            KedaStatus.Put(status, "Paused", "True", "ScaledObjectPaused", "ScaledObject is paused");
        else if (wasPaused)
            KedaStatus.Put(status, "Paused", "False", "ScaledObjectUnpaused", "pause annotation removed for ScaledObject");
        else if (scaledObject.Status is null or { Count: 0 })
            KedaStatus.Put(status, "Paused", _traits.Has(KedaTrait.PausedIsFalseAtBirth) ? "False" : "Unknown");
    }

    private static bool HasOwner(StoredObject hpa, StoredObject scaledObject) => HpaView.ControllingScaledObject(hpa) == scaledObject.Uid;
}
