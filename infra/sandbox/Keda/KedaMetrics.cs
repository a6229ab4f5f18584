using System.Globalization;
using System.Text;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>
/// The operator's own metrics as Prometheus would scrape them. Those of a scaler disappear while its ScaledObject is paused (measured), so
/// an alert on them resolves by itself when somebody pauses.
/// </summary>
public sealed class KedaMetrics
{
    private readonly ClusterParts _parts;
    private readonly KedaOperator _operator;
    private readonly TriggerSources _sources;
    private readonly KedaPoller _poller;
    private readonly string _version;

    public KedaMetrics(ClusterParts parts, KedaOperator @operator, TriggerSources sources, KedaPoller poller, string version)
    {
        _parts = parts;
        _operator = @operator;
        _sources = sources;
        _poller = poller;
        _version = version;
    }

    /// <summary>Null when nobody answers the scrape.</summary>
    public string? Text()
    {
        if (!_operator.Leading)
            return null;
        var families = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
        void Sample(string name, string labels, double value)
        {
            if (!families.TryGetValue(name, out var family))
                families[name] = family = new StringBuilder($"# TYPE {name} {(name.EndsWith("_total", StringComparison.Ordinal) ? "counter" : "gauge")}\n");
            family.Append(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value}\n");
        }

        Sample("keda_build_info", $"version=\"{_version}\"", 1);
        var all = _parts.Store.All(Resources.ScaledObjects);
        foreach (var byNamespace in all.GroupBy(o => o.Namespace))
            Sample("keda_resource_registered_total", $"namespace=\"{byNamespace.Key}\",type=\"scaled_object\"", byNamespace.Count());
        foreach (var byType in all.SelectMany(o => ScaledObjectView.Of(o).Triggers).GroupBy(t => t.Type))
            Sample("keda_trigger_registered_total", $"type=\"{byType.Key}\"", byType.Count());
        foreach (var scaledObject in all)
            One(scaledObject, Sample);
        return string.Concat(families.Values);
    }

    private void One(StoredObject scaledObject, Action<string, string, double> sample)
    {
        var view = ScaledObjectView.Of(scaledObject);
        var owner = $"namespace=\"{scaledObject.Namespace}\",scaledObject=\"{scaledObject.Name}\"";
        var errors = _poller.Errors.GetValueOrDefault(scaledObject);
        sample("keda_scaled_object_paused", owner, view.Pause.Full ? 1 : 0);
        sample("keda_scaled_object_errors_total", owner, errors);
        if (view.Pause.Full)
            return;
        sample("keda_internal_scale_loop_latency_seconds", $"namespace=\"{scaledObject.Namespace}\",resource=\"{scaledObject.Name}\",type=\"scaledobject\"", 0.001);
        var failure = _sources.FailureOf(scaledObject.Key);
        foreach (var trigger in view.Triggers.Where(t => t.External))
        {
            var fails = TriggerSources.Measured(trigger) ? failure : TriggerFailure.None;
            var labels = $"metric=\"{trigger.MetricName}\",{owner},scaler=\"{trigger.Type}Scaler\",triggerIndex=\"{trigger.Index}\",type=\"scaledobject\"";
            sample("keda_scaler_active", labels, fails == TriggerFailure.None && _sources.Active(scaledObject, trigger) ? 1 : 0);
            sample("keda_scaler_metrics_value", labels, fails == TriggerFailure.None ? _sources.Look(scaledObject, trigger) / 1000.0 : 0);
            sample("keda_scaler_metrics_latency_seconds", labels, 0.002);
            // A scaler that cannot be rebuilt counts one error and no more; one in its fallback counts none (measured).
            sample("keda_scaler_detail_errors_total", labels, fails == TriggerFailure.Redis ? Math.Min(errors, 1) : 0);
            if (trigger.Type == "prometheus" && fails == TriggerFailure.Prometheus)
                sample("keda_scaler_http_requests_total",
                    $"metric_name=\"{trigger.MetricName}\",namespace=\"{scaledObject.Namespace}\",scaled_resource=\"{scaledObject.Name}\",scaler=\"prometheusScaler\",status_code=\"500\",trigger_name=\"\"", errors);
        }
    }
}
