using System.Collections.Immutable;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Hpa;

public sealed partial class HpaController
{
    private const double Tolerance = 0.1;

    /// <summary>Null replicas: nothing could be computed, the status says why.</summary>
    private (HpaStatus Status, int? Replicas, string Why) Compute(
        StoredObject hpa, HpaView view, StoredObject workload, int current, HpaStatus status, Memory memory)
    {
        // The controller knows an HPA's pods only once that HPA has come this far. One that is busy with its min never does, so two
        // HPAs can fight for as long as anyone watches without being called ambiguous (measured).
        memory.SelectorKnown = true;
        var all = _index.On(view.Target).Where(h => _memories.TryGetValue(h, out var other) && other.SelectorKnown).ToList();
        if (all.Count > 1)
            return (Ambiguous(hpa, workload, all, status), null, "");

        var readings = ImmutableArray.CreateBuilder<MetricReading>();
        int? highest = null;
        var why = "";
        (string Reason, string Message)? failed = null;
        var failures = 0;
        foreach (var metric in view.Metrics)
        {
            var (replicas, reading, reason, error) = One(view, metric, workload, memory);
            if (memory.Waiting)
                return (status, null, "");
            if (reading is not null)
                readings.Add(reading);
            if (replicas is null)
            {
                failures++;
                failed ??= (reason, error);
            }
            else if (highest is null || replicas > highest)
            {
                (highest, why) = (replicas, metric.Description);
            }
        }

        // A missing metric may hide a reason to scale up, never one to scale down.
        if (failed is { } first && (highest is null || highest < current))
        {
            _events.Warning(hpa, Component, first.Reason, first.Message);
            _events.Warning(hpa, Component, "FailedComputeMetricsReplicas",
                $"invalid metrics ({failures} invalid out of {view.Metrics.Length}), first error is: {first.Message}");
            return (status.With("ScalingActive", status: false, _agenda.Now, first.Reason, $"the HPA was unable to compute the replica count: {first.Message}"), null, "");
        }

        status = status.With("ScalingActive", status: true, _agenda.Now, "ValidMetricFound",
            $"the HPA was able to successfully calculate a replica count from {why}");
        return (status with { Metrics = readings.ToImmutable() }, highest, why);
    }

    private HpaStatus Ambiguous(StoredObject hpa, StoredObject workload, List<StoredObject> all, HpaStatus status)
    {
        var message = $"pods by selector {Workloads.Selector(workload)} are controlled by multiple HPAs: [{string.Join(' ', all.Select(h => h.Key))}]";
        _events.Warning(hpa, Component, "AmbiguousSelector", message);
        _events.Warning(hpa, Component, "FailedComputeMetricsReplicas", message);
        return status.With("ScalingActive", status: false, _agenda.Now, "AmbiguousSelector", message);
    }

    private (int? Replicas, MetricReading? Reading, string Reason, string Error) One(HpaView view, HpaMetric metric, StoredObject workload, Memory memory)
    {
        var running = Math.Max(Workloads.Running(workload), 1);
        switch (metric.Kind)
        {
            case MetricKind.External:
                var answer = _external(view.Target.Namespace, metric);
                if (answer.Hangs && memory.GaveUp)
                    answer = MetricAnswer.Failed("unable to fetch metrics from external metrics API: Internal error occurred: rpc error: code = DeadlineExceeded desc = context deadline exceeded");
                memory.Waiting = answer.Hangs;
                if (answer.Error is not null || answer.Hangs)
                    return (null, null, "FailedGetExternalMetric",
                        $"unable to get external metric {view.Target.Namespace}/{metric.Name}/{HpaText.Selector(metric.Selector)}: {answer.Error}");
                var ratio = (double)answer.Milli / (metric.Target * running);
                var wanted = Math.Abs(ratio - 1) <= Tolerance ? running : (int)((answer.Milli + metric.Target - 1) / metric.Target);
                return (wanted, new MetricReading(metric, (answer.Milli + running - 1) / running, null), "", "");
            case MetricKind.Resource or MetricKind.ContainerResource:
                var failure = metric.Kind == MetricKind.Resource ? "FailedGetResourceMetric" : "FailedGetContainerResourceMetric";
                if (ResourceError(metric.Name) is { } unreachable)
                    return (null, null, failure, $"failed to get {metric.Name} utilization: {unreachable}");
                if (CpuUsage.Read(workload, Containers.Of(_store, workload), _demand(view.Target), _agenda.Now, metric.Container, out var error) is not { } usage)
                    return (null, null, failure, $"failed to get {metric.Name} utilization: {error}");
                var use = metric.Utilization ? usage.Percent / (double)metric.Target : usage.AverageMilli / (double)metric.Target;
                var replicas = Math.Abs(use - 1) <= Tolerance ? running : (int)Math.Ceiling(use * running);
                return (replicas, new MetricReading(metric, usage.AverageMilli, metric.Utilization ? usage.Percent : null), "", "");
            default:
                return (null, null, "InvalidMetricSourceType", $"unknown metric source type \"{metric.Name}\"");
        }
    }
}
