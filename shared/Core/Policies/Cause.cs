namespace Sophia.Keda.Reactor.Core;

/// <summary>Why a breaker trips, or why people are told without a trip.</summary>
public enum Cause
{
    /// <summary>One target goes back and forth.</summary>
    Oscillation,

    /// <summary>KEDA's operator is dead or hung: no external metric moves any HPA.</summary>
    OperatorUnhealthy,

    /// <summary>The external metrics API does not answer.</summary>
    MetricsServerUnavailable,

    /// <summary>One target's trigger source fails.</summary>
    ScalerErrors,

    /// <summary>Too large a share of all targets fails at once.</summary>
    ErrorRate,

    /// <summary>Scaling is slow. People are told; nothing trips.</summary>
    ScalingLatencyHigh,

    /// <summary>A trigger's source answers without a value, which KEDA takes for 0. It may be empty and well: people are told; nothing trips.</summary>
    ScalerEmpty,

    /// <summary>Our own fallback is active. Noted only: it must never feed back into a trip.</summary>
    FallbackActive,

    /// <summary>A human ordered it.</summary>
    Manual,
}

/// <summary>How far evidence reaches.</summary>
public enum Scope
{
    Target,
    Namespace,
    Cluster,
}

public static class Causes
{
    /// <summary>The reach that evidence of this cause has by its nature; a manual trip brings its own.</summary>
    public static Scope ScopeOf(Cause cause) => cause switch
    {
        Cause.OperatorUnhealthy or Cause.MetricsServerUnavailable or Cause.ErrorRate => Scope.Cluster,
        _ => Scope.Target,
    };

    /// <summary>True when evidence of this cause moves workloads to their fallback.</summary>
    public static bool Trips(Cause cause) => !PageOnly(cause) && cause != Cause.FallbackActive;

    /// <summary>True when people are told of it, each in a notice of its own cause, and nothing moves.</summary>
    public static bool PageOnly(Cause cause) => cause is Cause.ScalingLatencyHigh or Cause.ScalerEmpty;

    /// <summary>
    /// True when an HPA on CPU or memory alone goes on working: the resource metrics API is not KEDA's.
    /// </summary>
    public static bool SparesResourceTriggers(Cause cause) => cause is Cause.OperatorUnhealthy or Cause.MetricsServerUnavailable;

    /// <summary>The cause as a short key for ids, metric labels and routes.</summary>
    public static string Slug(Cause cause) => cause switch
    {
        Cause.Oscillation => "oscillation",
        Cause.OperatorUnhealthy => "operator-unhealthy",
        Cause.MetricsServerUnavailable => "metrics-server-unavailable",
        Cause.ScalerErrors => "scaler-errors",
        Cause.ErrorRate => "error-rate",
        Cause.ScalingLatencyHigh => "scaling-latency-high",
        Cause.ScalerEmpty => "scaler-empty",
        Cause.FallbackActive => "fallback-active",
        Cause.Manual => "manual",
        _ => throw new System.Diagnostics.UnreachableException($"cause {cause}"),
    };
}
