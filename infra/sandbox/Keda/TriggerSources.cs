using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

public enum TriggerFailure
{
    None,

    /// <summary>The source cannot be reached and KEDA cannot rebuild its scaler: spec.fallback never comes into force (measured; #6475 is near).</summary>
    Redis,

    /// <summary>The source answers 500: spec.fallback comes into force and then everything else looks healthy (measured).</summary>
    Prometheus,
}

/// <summary>Whom the API server asks for external metrics.</summary>
public enum MetricsRoute
{
    Keda,

    /// <summary>An adapter that knows none of KEDA's metrics.</summary>
    Others,

    /// <summary>Nobody: there is no APIService.</summary>
    Gone,
}

/// <summary>What the triggers of one ScaledObject measure, and what the adapter answers the HPA for them.</summary>
public sealed class TriggerSources
{
    private readonly ClusterParts _parts;
    private readonly Dictionary<ObjectKey, TriggerFailure> _failing = [];
    private readonly Dictionary<ObjectKey, long> _empty = [];
    private readonly HashSet<ObjectKey> _answersNothing = [];

    private readonly KedaTraits _traits;

    public TriggerSources(ClusterParts parts, KedaTraits traits) => (_parts, _traits) = (parts, traits);

    public bool MetricsServerDown { get; set; }

    public MetricsRoute Route { get; set; }

    /// <summary>How often the Prometheus query of this ScaledObject was answered without a value.</summary>
    public long EmptyAnswers(StoredObject scaledObject) => _empty.GetValueOrDefault(scaledObject.Key);

    /// <summary>Its Prometheus answers 200 and no series: KEDA takes that for 0, and nothing but a counter shows it (KEDA's source, ignoreNullValues).</summary>
    public void AnswerNothing(ObjectKey target, bool on)
    {
        if (on)
            _answersNothing.Add(target);
        else
            _answersNothing.Remove(target);
    }

    /// <summary>As somebody set it; else an address under .invalid, which is reserved never to be found, can't be reached.</summary>
    public TriggerFailure FailureOf(StoredObject scaledObject) =>
        _failing.TryGetValue(scaledObject.Key, out var set) ? set
        : ScaledObjectView.Of(scaledObject).Triggers.Any(t => t.Unreachable) ? TriggerFailure.Prometheus
        : TriggerFailure.None;

    public void Fail(ObjectKey target, TriggerFailure how)
    {
        if (how == TriggerFailure.None)
            _failing.Remove(target);
        else
            _failing[target] = how;
    }

    public static bool Measured(TriggerView trigger) => trigger.External && trigger.Type != "cron";

    public bool Active(StoredObject scaledObject, TriggerView trigger) => Measured(trigger)
        ? FailureOf(scaledObject) == TriggerFailure.None && Value(scaledObject, trigger, peek: true) > 0
        : trigger.Cron?.Asks(_parts.Agenda.Now) > 0;

    /// <summary>What the HPA hears when it asks the adapter, which asks the operator, which asks the source.</summary>
    public MetricAnswer Answer(string ns, HpaMetric metric, bool silent)
    {
        if (Route == MetricsRoute.Gone)
            return MetricAnswer.Failed($"unable to fetch metrics from external metrics API: the server could not find the requested resource (get {metric.Name}.external.metrics.k8s.io)");
        if (Route == MetricsRoute.Others)
            return MetricAnswer.Failed($"unable to fetch metrics from external metrics API: the server could not find the metric {metric.Name} for ");
        if (MetricsServerDown)
            return MetricAnswer.Failed("unable to fetch metrics from external metrics API: the server is currently unable to handle the request "
                + $"(get {metric.Name}.external.metrics.k8s.io)");
        if (silent)
            return MetricAnswer.NoAnswer;
        var owner = metric.Selector.Object("matchLabels").Text(KedaHpa.ScaledObjectLabel) ?? "";
        if (_parts.Store.Find(Resources.ScaledObjects, ns, owner) is not { } scaledObject
            || ScaledObjectView.Of(scaledObject).Triggers.FirstOrDefault(t => t.MetricName == metric.Name) is not { } trigger)
            return MetricAnswer.Failed($"unable to fetch metrics from external metrics API: rpc error: code = Unknown desc = error when getting metric values no matching metrics found for {metric.Name}");
        var view = ScaledObjectView.Of(scaledObject);
        if (view.Triggers.Any(t => t.Cron is { Refused: true }))
            return MetricAnswer.Failed("unable to fetch metrics from external metrics API: rpc error: code = Unknown desc = error when getting metric values error parsing cron metadata");
        if (trigger.Cron?.UnknownZone is { } zone)
            return MetricAnswer.Failed($"unable to fetch metrics from external metrics API: rpc error: code = Unknown desc = unable to load timezone: unknown time zone {zone}");
        if (!Measured(trigger) || FailureOf(scaledObject) == TriggerFailure.None)
            return MetricAnswer.Value(Value(scaledObject, trigger, peek: false));
        return KedaStatus.Is(scaledObject, "Fallback")
            ? MetricAnswer.Value(FallsBackTo(view, metric.Target))
            : MetricAnswer.Failed("unable to fetch metrics from external metrics API: rpc error: code = Unknown desc = error when getting metric values "
                + $"metric:{metric.Name} encountered error");
    }

    /// <summary>
    /// What KEDA answers in place of a source that fails: as many times the target as its fallback has replicas. With scalingModifiers it leaves
    /// that to the formula, for which -1 stands for no answer; without one the HPA hears that -1 (KEDA's pkg/fallback).
    /// </summary>
    private long FallsBackTo(ScaledObjectView view, long target)
    {
        var runs = _parts.Workloads.Find(view.Target) is { } workload ? Workloads.Wanted(workload) : 0;
        return (_traits.Has(KedaTrait.FallbackHasBehaviors) ? view.FallbackBehavior : "static") switch
        {
            "currentReplicas" => runs * target,
            "currentReplicasIfHigher" => Math.Max(runs, view.FallbackReplicas) * target,
            "currentReplicasIfLower" => Math.Min(runs, view.FallbackReplicas) * target,
            "scalingModifiers" => -1000,
            _ => view.FallbackReplicas * target,
        };
    }

    /// <summary>The cause in words, as KEDA's event has it.</summary>
    public static string Cause(TriggerFailure how) => how == TriggerFailure.Redis
        ? "connection to redis failed: dial tcp 127.0.0.1:16379: connect: connection refused"
        : "prometheus query api returned error. status: 500 response: ";

    /// <summary>What the source holds now, in thousandths; looking at it does not make an oscillation go on.</summary>
    public long Look(StoredObject scaledObject, TriggerView trigger) => Value(scaledObject, trigger, peek: true);

    private long Value(StoredObject scaledObject, TriggerView trigger, bool peek)
    {
        var view = ScaledObjectView.Of(scaledObject);
        if (trigger.Cron is { } cron)
            return cron.Asks(_parts.Agenda.Now) * 1000L;
        if (trigger.Type == "prometheus" && _answersNothing.Contains(scaledObject.Key))
        {
            if (!peek)
                _empty[scaledObject.Key] = EmptyAnswers(scaledObject) + 1;
            return 0;
        }

        var demand = _parts.Demand(view.Target, view.Min, view.Max);
        if (demand.Oscillating)
        {
            // Once a sync, however many metrics that sync reads.
            if (!peek && demand.FlippedAt != _parts.Agenda.Now)
                (demand.High, demand.FlippedAt) = (!demand.High, _parts.Agenda.Now);
            return demand.High ? trigger.TargetMilli * view.Max : 0;
        }

        var value = demand.At(_parts.Agenda.Now) * trigger.TargetMilli;
        return trigger.Type == "redis" ? (long)Math.Round(value / 1000) * 1000 : (long)Math.Round(value / 10) * 10;
    }
}
