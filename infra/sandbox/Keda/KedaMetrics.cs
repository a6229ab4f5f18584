using System.Globalization;
using System.Text;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

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
    private readonly KedaTraits _traits;

    public KedaMetrics(ClusterParts parts, KedaOperator @operator, TriggerSources sources, KedaPoller poller, string version, KedaTraits traits)
    {
        _traits = traits;
        _parts = parts;
        _operator = @operator;
        _sources = sources;
        _poller = poller;
        _version = version;
    }

    /// <summary>Null when nobody answers the scrape.</summary>
    public string? Text()
    {
        if (!_operator.Leading && !(_operator is { Suspended: true, State: OperatorState.Alive }))
            return null;
        var families = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
        void Sample(string name, string labels, double value)
        {
            if (!families.TryGetValue(name, out var family))
                families[name] = family = new StringBuilder($"# TYPE {name} {(name.EndsWith("_total", StringComparison.Ordinal) ? "counter" : "gauge")}\n");
            family.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {value}\n");
        }

        // Between 2.14 and 2.16 both names stand side by side.
        void Named(string old, string now, string labels, double value)
        {
            if (_traits.Has(KedaTrait.OldMetricNames))
                Sample(old, labels, value);
            if (_traits.Has(KedaTrait.NewMetricNames))
                Sample(now, labels, value);
        }

        Sample("keda_build_info", $"version=\"{_version}\"", 1);
        var all = _parts.Store.All(Resources.ScaledObjects);
        foreach (var byNamespace in all.GroupBy(o => o.Namespace))
            Named("keda_resource_totals", "keda_resource_registered_total", $"namespace=\"{byNamespace.Key}\",type=\"scaled_object\"", byNamespace.Count());
        foreach (var byType in all.SelectMany(o => ScaledObjectView.Of(o).Triggers).GroupBy(t => t.Type))
            Named("keda_trigger_totals", "keda_trigger_registered_total", $"type=\"{byType.Key}\"", byType.Count());
        foreach (var scaledObject in all)
            One(scaledObject, Sample, Named);
        foreach (var job in _parts.Store.All(Resources.ScaledJobs))
            OfJob(job, Sample, Named);
        if (_traits.Has(KedaTrait.OldMetricNames))
            Sample("keda_scaler_errors_total", "", all.Sum(o => _poller.Errors.GetValueOrDefault(o)));
        return string.Concat(families.Values);
    }

    /// <summary>KEDA names a ScaledJob under the label scaledObject, and tells the two by the label type alone.</summary>
    private static void OfJob(StoredObject job, Action<string, string, double> sample, Action<string, string, string, double> named)
    {
        named("keda_scaled_job_errors", "keda_scaled_job_errors_total", $"namespace=\"{job.Namespace}\",scaledJob=\"{job.Name}\"", 0);
        foreach (var trigger in ScaledObjectView.Of(job).Triggers)
        {
            var labels = $"metric=\"{trigger.MetricName}\",namespace=\"{job.Namespace}\",scaledObject=\"{job.Name}\",scaler=\"{trigger.Type}Scaler\",triggerIndex=\"{trigger.Index}\",type=\"scaledjob\"";
            sample("keda_scaler_active", labels, 0);
            named("keda_scaler_errors", "keda_scaler_detail_errors_total", labels, 0);
        }
    }

    private void One(StoredObject scaledObject, Action<string, string, double> sample, Action<string, string, string, double> named)
    {
        var view = ScaledObjectView.Of(scaledObject);
        var owner = $"namespace=\"{scaledObject.Namespace}\",scaledObject=\"{scaledObject.Name}\"";
        var errors = _poller.Errors.GetValueOrDefault(scaledObject);
        if (_traits.Has(KedaTrait.PausedMetric))
            sample("keda_scaled_object_paused", owner, view.Pause.Full ? 1 : 0);
        named("keda_scaled_object_errors", "keda_scaled_object_errors_total", owner, errors);
        if (view.Pause.Full && _traits.Has(KedaTrait.ScalerMetricsVanish))
            return;
        named("keda_internal_scale_loop_latency", "keda_internal_scale_loop_latency_seconds", $"namespace=\"{scaledObject.Namespace}\",resource=\"{scaledObject.Name}\",type=\"scaledobject\"", 0.001);
        var failure = _sources.FailureOf(scaledObject);
        foreach (var trigger in view.Triggers.Where(t => t.External))
        {
            var fails = TriggerSources.Measured(trigger) ? failure : TriggerFailure.None;
            var labels = $"metric=\"{trigger.MetricName}\",{owner},scaler=\"{trigger.Type}Scaler\",triggerIndex=\"{trigger.Index}\",type=\"scaledobject\"";
            sample("keda_scaler_active", labels, fails == TriggerFailure.None && _sources.Active(scaledObject, trigger) ? 1 : 0);
            sample("keda_scaler_metrics_value", labels, fails == TriggerFailure.None ? _sources.Look(scaledObject, trigger) / 1000.0 : 0);
            named("keda_scaler_metrics_latency", "keda_scaler_metrics_latency_seconds", labels, 0.002);
            // A scaler that cannot be rebuilt counts one error and no more; one in its fallback counts none (measured).
            named("keda_scaler_errors", "keda_scaler_detail_errors_total", labels, fails == TriggerFailure.Redis ? Math.Min(errors, 1) : 0);
            if (_traits.Has(KedaTrait.EmptyResponseMetric) && trigger.Type == "prometheus" && _sources.EmptyAnswers(scaledObject) is > 0 and var empty)
                sample("keda_scaler_empty_upstream_responses_total",
                    $"namespace=\"{scaledObject.Namespace}\",scaledResource=\"{scaledObject.Name}\",triggerName=\"\",metricName=\"{trigger.MetricName}\",resourceType=\"ScaledObject\",ignoreNullValues=\"true\"", empty);
            if (_traits.Has(KedaTrait.HttpRequestMetric) && trigger.Type == "prometheus" && fails == TriggerFailure.Prometheus)
                sample("keda_scaler_http_requests_total",
                    $"metric_name=\"{trigger.MetricName}\",namespace=\"{scaledObject.Namespace}\",scaled_resource=\"{scaledObject.Name}\",scaler=\"prometheusScaler\",status_code=\"500\",trigger_name=\"\"", errors);
        }
    }
}
