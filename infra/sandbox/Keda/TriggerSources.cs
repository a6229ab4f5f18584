using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;

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
    /// <summary>With the operator gone the adapter's calls hang until they time out (measured: about a minute).</summary>
    public static readonly TimeSpan AdapterGivesUp = TimeSpan.FromSeconds(55);

    private readonly ClusterParts _parts;
    private readonly Dictionary<ObjectKey, TriggerFailure> _failing = [];

    public TriggerSources(ClusterParts parts) => _parts = parts;

    public bool MetricsServerDown { get; set; }

    public MetricsRoute Route { get; set; }

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
        : trigger.Cron?.Active(_parts.Agenda.Now) ?? false;

    /// <summary>What the HPA hears when it asks the adapter, which asks the operator, which asks the source.</summary>
    public MetricAnswer Answer(string ns, HpaMetric metric, DateTimeOffset? silentSince)
    {
        if (Route == MetricsRoute.Gone)
            return MetricAnswer.Failed($"unable to fetch metrics from external metrics API: the server could not find the requested resource (get {metric.Name}.external.metrics.k8s.io)");
        if (Route == MetricsRoute.Others)
            return MetricAnswer.Failed($"unable to fetch metrics from external metrics API: the server could not find the metric {metric.Name} for ");
        if (MetricsServerDown)
            return MetricAnswer.Failed("unable to fetch metrics from external metrics API: the server is currently unable to handle the request "
                + $"(get {metric.Name}.external.metrics.k8s.io)");
        if (silentSince is { } since)
            return _parts.Agenda.Now - since < AdapterGivesUp
                ? MetricAnswer.NoAnswer
                : MetricAnswer.Failed("unable to fetch metrics from external metrics API: Internal error occurred: rpc error: code = DeadlineExceeded desc = context deadline exceeded");
        var owner = metric.Selector.Object("matchLabels").Text(KedaHpa.ScaledObjectLabel) ?? "";
        if (_parts.Store.Find(Resources.ScaledObjects, ns, owner) is not { } scaledObject
            || ScaledObjectView.Of(scaledObject).Triggers.FirstOrDefault(t => t.MetricName == metric.Name) is not { } trigger)
            return MetricAnswer.Failed($"unable to fetch metrics from external metrics API: rpc error: code = Unknown desc = error when getting metric values no matching metrics found for {metric.Name}");
        if (!Measured(trigger) || FailureOf(scaledObject) == TriggerFailure.None)
            return MetricAnswer.Value(Value(scaledObject, trigger, peek: false));
        var view = ScaledObjectView.Of(scaledObject);
        return KedaStatus.Is(scaledObject, "Fallback")
            ? MetricAnswer.Value(view.FallbackReplicas * metric.Target)
            : MetricAnswer.Failed("unable to fetch metrics from external metrics API: rpc error: code = Unknown desc = error when getting metric values "
                + $"metric:{metric.Name} encountered error");
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
        if (trigger.Type == "cron")
            return (trigger.Cron?.Active(_parts.Agenda.Now) ?? false ? trigger.CronReplicas : 1) * 1000L;
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
