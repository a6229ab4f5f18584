using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>KEDA's scale loop: every ScaledObject at its polling interval. Nothing of it runs while fully paused, so its status freezes.</summary>
public sealed class KedaPoller
{
    private static readonly TimeSpan OldEnoughToJudge = TimeSpan.FromSeconds(60);
    private readonly ClusterParts _parts;
    private readonly IReadOnlyList<KedaOperator> _operators;
    private readonly KedaReconciler _reconciler;
    private readonly KedaStatus _status;
    private readonly TriggerSources _sources;
    private readonly HpaController _hpas;
    private readonly KedaTraits _traits;
    private readonly Dictionary<StoredObject, DateTimeOffset> _lastActive = [];
    private readonly Dictionary<StoredObject, int> _errors = [];

    public KedaPoller(ClusterParts parts, IReadOnlyList<KedaOperator> operators, KedaReconciler reconciler, KedaStatus status, TriggerSources sources, HpaController hpas, KedaTraits traits)
    {
        _traits = traits;
        _parts = parts;
        _operators = operators;
        _reconciler = reconciler;
        _status = status;
        _sources = sources;
        _hpas = hpas;
    }

    /// <summary>How often the source of each target failed so far.</summary>
    public IReadOnlyDictionary<StoredObject, int> Errors => _errors;

    public void Follow(Change change)
    {
        if (change.Kind == ChangeKind.Deleted)
        {
            _lastActive.Remove(change.Object);
            _errors.Remove(change.Object);
        }
        else if (change.Kind == ChangeKind.Added)
            _parts.Agenda.In(SeededRandom.For(_parts.Seed, "poll/" + change.Object.Uid).Milliseconds(200, ScaledObjectView.Of(change.Object).Polling.TotalMilliseconds), () => Tick(change.Object));
    }

    private void Tick(StoredObject scaledObject)
    {
        if (scaledObject.Gone)
            return;
        _parts.Agenda.In(ScaledObjectView.Of(scaledObject).Polling, () => Tick(scaledObject));
        if (_operators.Any(o => o.Leading && o.Serves(scaledObject)) && !scaledObject.Deleting && scaledObject.Status is not null)
            Poll(scaledObject, ScaledObjectView.Of(scaledObject));
    }

    private void Poll(StoredObject scaledObject, ScaledObjectView view)
    {
        if (view.Pause.Full)
        {
            // "" is not noticed by the watch, only here: the condition says paused, the HPA stays (measured).
            if (!KedaStatus.Is(scaledObject, "Paused"))
                _status.Set(scaledObject, "Paused", "True", "ScaledObjectPaused", "ScaledObject is paused");
            return;
        }

        // A ScaledObject whose scalers can't be built is not polled: its status stays as the reconciler left it.
        if (_reconciler.Hpa(scaledObject) is not { } hpa || view.Triggers.Any(t => t.Cron is { Refused: true }))
            return;
        var failure = view.Triggers.Any(TriggerSources.Measured) ? _sources.FailureOf(scaledObject) : TriggerFailure.None;
        var active = view.Triggers.Any(t => !t.External || _sources.Active(scaledObject, t));
        active |= view.ForcesActivation && _traits.Has(KedaTrait.ActivationIsForced);
        if (active)
            _lastActive[scaledObject] = _parts.Agenda.Now;
        var unavailable = failure != TriggerFailure.Prometheus || view.FallbackThreshold is null ? Unavailable(hpa) : null;
        var zone = view.Triggers.Select(t => t.Cron?.UnknownZone).FirstOrDefault(z => z is not null);
        if (zone is not null)
            _parts.Events.Warning(scaledObject, KedaReconciler.Component, "KEDAScalerFailed", $"unable to load timezone: unknown time zone {zone}");
        var mirror = Mirror(hpa);
        if (failure == TriggerFailure.None && zone is null && unavailable is null && Settled(scaledObject, view, active) && Mirrored(scaledObject, mirror))
        {
            Zero(scaledObject, view, active);
            return;
        }

        if (failure != TriggerFailure.None)
        {
            _errors[scaledObject] = _errors.GetValueOrDefault(scaledObject) + 1;
            _parts.Events.Warning(scaledObject, KedaReconciler.Component, "KEDAScalerFailed", TriggerSources.Cause(failure));
        }

        _status.Change(scaledObject, s =>
        {
            Describe(s, view, failure, active, unavailable, partly: zone is not null && active);
            if (mirror is not null)
                KedaStatus.Put(s, "HPAActive", mirror.Status, mirror.Reason, mirror.Message);
        });
        Zero(scaledObject, view, active);
    }

    private void Describe(JsonObject status, ScaledObjectView view, TriggerFailure failure, bool active, string? unavailable, bool partly)
    {
        foreach (var trigger in view.Triggers.Where(t => t.External && _traits.Has(KedaTrait.ActivityInStatus)))
            status.Ensure("triggersActivity")[trigger.MetricName] = new JsonObject { ["isActive"] = failure == TriggerFailure.None && active };
        var measured = view.Triggers.Where(TriggerSources.Measured).ToList();
        var inFallback = false;
        foreach (var trigger in measured)
        {
            var failures = status.Object("health").Object(trigger.MetricName).Whole("numberOfFailures") ?? 0;
            switch (failure)
            {
                case TriggerFailure.Redis when view.FallbackThreshold is not null:
                    KedaStatus.Health(status, trigger.MetricName, 1, failing: true);
                    break;
                case TriggerFailure.Prometheus when view.FallbackThreshold is not null:
                    KedaStatus.Health(status, trigger.MetricName, ++failures, failing: true);
                    inFallback |= failures > view.FallbackThreshold;
                    break;
                default:
                    KedaStatus.Health(status, trigger.MetricName, 0, failing: false);
                    break;
            }
        }

        if (inFallback)
            KedaStatus.Put(status, "Fallback", "True", "FallbackExists", "At least one trigger is falling back on this scaled object");
        else
            KedaStatus.NoFallback(status);
        KedaStatus.Active(status, active || inFallback);
        if (active)
            status["lastActiveTime"] = Json.Seconds(_parts.Agenda.Now);
        if (failure != TriggerFailure.None && view.FallbackThreshold is null)
            KedaStatus.Put(status, "Ready", "False", "TriggerError", "Triggers defined in ScaledObject are not working correctly");
        else if (unavailable is not null && !inFallback)
            KedaStatus.Put(status, "Ready", "False", "HPAMetricsUnavailable", unavailable);
        else if (partly)
            KedaStatus.Put(status, "Ready", "Unknown", "PartialTriggerError", "Some triggers defined in ScaledObject are not working correctly");
        else
            KedaStatus.Ready(status, paused: false);
    }

    /// <summary>The HPA's own word on its metrics, believed once it is a minute old (measured).</summary>
    private string? Unavailable(StoredObject hpa)
    {
        if (!_traits.Has(KedaTrait.HpaCountsForReady))
            return null;
        var made = DateTimeOffset.Parse(hpa.Metadata.Text("creationTimestamp")!, System.Globalization.CultureInfo.InvariantCulture);
        if (_parts.Agenda.Now - made < OldEnoughToJudge)
            return null;
        return _hpas.Condition(hpa, "ScalingActive") is { Status: false } condition && condition.Reason != "ScalingDisabled"
            ? $"HPA {hpa.Name} cannot read its metrics: {condition.Reason}"
            : null;
    }

    /// <summary>
    /// HPAActive as KEDA writes it from 2.20.2 on: the HPA's reason as it stands, True at 0 replicas, and nothing new while the HPA says nothing
    /// (its executor, checkHPAHealth).
    /// </summary>
    private Health? Mirror(StoredObject hpa) => !_traits.Has(KedaTrait.HpaHasItsCondition) ? null : _hpas.Condition(hpa, "ScalingActive") switch
    {
        null => null,
        { Status: true } => new("True", "HPAActive", "HPA is actively scaling"),
        { Reason: "ScalingDisabled", Message: var message } => new("True", "ScalingDisabled", message),
        { Reason: var reason, Message: var message } => new("False", reason.Length > 0 ? reason : "HPAMetricsUnavailable", $"HPA is not actively scaling: {message}"),
    };

    private static bool Mirrored(StoredObject scaledObject, Health? mirror) => mirror is null
        || (KedaStatus.Condition(scaledObject, "HPAActive") is { } stands && stands.Text("status") == mirror.Status
            && stands.Text("reason") == mirror.Reason && stands.Text("message") == mirror.Message);

    private sealed record Health(string Status, string Reason, string Message);

    /// <summary>Nothing failed, nothing to say that is not already said: by far the most frequent case, kept cheap.</summary>
    private static bool Settled(StoredObject scaledObject, ScaledObjectView view, bool active) =>
        KedaStatus.Condition(scaledObject, "Ready").Text("status") == "True"
        && KedaStatus.Condition(scaledObject, "Active").Text("status") == (active ? "True" : "False")
        && !KedaStatus.Is(scaledObject, "Fallback")
        && view.Triggers.All(t => scaledObject.Status.Object("health").Object(t.MetricName).Whole("numberOfFailures") is null or 0);

    /// <summary>From and to zero the operator scales itself: an HPA does nothing at 0.</summary>
    private void Zero(StoredObject scaledObject, ScaledObjectView view, bool active)
    {
        if ((view.Min > 0 && view.Idle is null) || _parts.Workloads.Find(view.Target) is not { } workload)
            return;
        var low = view.Idle ?? 0;
        var wanted = Workloads.Wanted(workload);
        if (active && wanted <= low)
        {
            var up = Math.Max(1, view.Min);
            _parts.Workloads.Scale(workload, up, KedaReconciler.Component);
            _parts.Events.Normal(scaledObject, KedaReconciler.Component, "KEDAScaleTargetActivated", $"Scaled {view.Target.Kind} {view.Target.Namespace}/{view.Target.Name} from {wanted} to {up}");
        }
        else if (!active && wanted > low && _parts.Agenda.Now - _lastActive.GetValueOrDefault(scaledObject) > view.Cooldown)
        {
            _parts.Workloads.Scale(workload, low, KedaReconciler.Component);
            _parts.Events.Normal(scaledObject, KedaReconciler.Component, "KEDAScaleTargetDeactivated", $"Deactivated {view.Target.Kind} {view.Target.Namespace}/{view.Target.Name} from {wanted} to {low}");
        }
    }
}
