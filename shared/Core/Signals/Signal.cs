using System.Text.Json.Serialization;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Something the reactor heard, kept durably in the inbox until a run has decided on it.</summary>
[JsonDerivedType(typeof(AlertSignal), "alert")]
[JsonDerivedType(typeof(TripOrder), "trip")]
[JsonDerivedType(typeof(ResetOrder), "reset")]
[JsonDerivedType(typeof(IncidentResetOrder), "incident-reset")]
[JsonDerivedType(typeof(IncidentOrder), "incident-order")]
[JsonDerivedType(typeof(KillSwitchOrder), "kill-switch")]
[JsonDerivedType(typeof(MaintenanceOrder), "maintenance")]
[JsonDerivedType(typeof(MaintenanceEndOrder), "maintenance-end")]
public abstract record Signal
{
    /// <summary>Idempotency key. The same key heard twice is decided once in effect.</summary>
    public required string Key { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>One alert of a notification, or one event of KEDA's: its beginning or its end.</summary>
public sealed record AlertSignal : Signal
{
    public required string Fingerprint { get; init; }

    public required string AlertName { get; init; }

    public required Cause Cause { get; init; }

    public required bool Firing { get; init; }

    public required DateTimeOffset StartsAt { get; init; }

    /// <summary>Null while firing.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary><c>exported_namespace</c> before <c>namespace</c>: a scrape without honorLabels renames it.</summary>
    public string? Namespace { get; init; }

    /// <summary>The <c>scaledObject</c> label.</summary>
    public string? ScaledObject { get; init; }

    /// <summary>The <c>deployment</c> label: the scale target, used when there is no scaledObject label.</summary>
    public string? Deployment { get; init; }

    /// <summary>The <c>statefulset</c> label, the same of a StatefulSet.</summary>
    public string? StatefulSet { get; init; }

    /// <summary>The <c>horizontalpodautoscaler</c> label: KEDA's HPA, whatever it scales, used when none of the others is there.</summary>
    public string? Hpa { get; init; }

    public string Severity { get; init; } = "";

    /// <summary>The alert's summary or description, cleaned and cut to a length fit for a page.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Who told us.</summary>
    public SignalOrigin Origin { get; init; }
}

/// <summary>An order by a human or a program on a human's behalf.</summary>
public abstract record Order : Signal
{
    /// <summary>The same id gets the same answer.</summary>
    public required string RequestId { get; init; }

    public required string Reason { get; init; }

    /// <summary>The name that was typed: a claim.</summary>
    public required string By { get; init; }

    /// <summary>Who the key or token says it was.</summary>
    public required string Principal { get; init; }

    /// <summary>"ana (claimed; key operator)".</summary>
    [JsonIgnore]
    public string Actor => $"{By} (claimed; authenticated as {Principal})";
}

/// <summary>Which targets an order means.</summary>
public sealed record Selection(Scope Scope, string? Namespace, string? Name)
{
    public bool Covers(TargetId target) => Scope switch
    {
        Scope.Cluster => true,
        Scope.Namespace => target.Namespace == Namespace,
        Scope.Target => target.Namespace == Namespace && target.Name == Name,
        _ => throw new System.Diagnostics.UnreachableException($"scope {Scope}"),
    };

    /// <summary>The reach of evidence that lists its targets (<see cref="Evidence.Only"/>). A version that does not know the list finds none.</summary>
    public static readonly Selection Listed = new(Scope.Target, null, null);

    public override string ToString() => Scope switch
    {
        _ when this == Listed => "the share of one operator",
        Scope.Cluster => "the whole cluster",
        Scope.Namespace => $"namespace {Namespace}",
        _ => $"{Namespace}/{Name}",
    };
}

public sealed record TripOrder : Order
{
    public required Selection Selection { get; init; }

    /// <summary>Null: what annotation, policy and workload say.</summary>
    public FallbackAction? Action { get; init; }

    /// <summary>
    /// With <see cref="FallbackAction.Replicas"/> only: the fixed number. What is on another fallback already keeps that, with at least so many.
    /// </summary>
    public int? Replicas { get; init; }

    /// <summary>The least replicas of the fallback, where that is more than it would have.</summary>
    public int? Min { get; init; }

    /// <summary>The replicas that what is on its fallback already is to have at least.</summary>
    [JsonIgnore]
    public int? Least => Min ?? (Action == FallbackAction.Replicas ? Replicas : null);

    /// <summary>Null: until a reset.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>True: no recovery until released.</summary>
    public bool Hold { get; init; }
}

public enum ResetMode
{
    /// <summary>Verify, canary, waves.</summary>
    Gradual,

    /// <summary>All at once, still by facts per target.</summary>
    Immediate,
}

public sealed record ResetOrder : Order
{
    public required Selection Selection { get; init; }

    public required ResetMode Mode { get; init; }
}

/// <summary>What one incident has on the fallback goes back to KEDA, and nothing else.</summary>
public sealed record IncidentResetOrder : Order
{
    public required string IncidentId { get; init; }

    public required ResetMode Mode { get; init; }
}

public enum IncidentOrderKind
{
    Hold,
    Release,
    Ack,
}

public sealed record IncidentOrder : Order
{
    public required string IncidentId { get; init; }

    public required IncidentOrderKind Kind { get; init; }
}

/// <summary>Every write to the cluster stops at once, or goes on.</summary>
public sealed record KillSwitchOrder : Order
{
    public required bool Stop { get; init; }
}

/// <summary>Nothing is to move by itself there for some time.</summary>
public sealed record MaintenanceOrder : Order
{
    public required Selection Selection { get; init; }

    /// <summary>Null: at once.</summary>
    public DateTimeOffset? Start { get; init; }

    public required DateTimeOffset Until { get; init; }
}

/// <summary>Maintenance is over before its time.</summary>
public sealed record MaintenanceEndOrder : Order
{
    public required string MaintenanceId { get; init; }
}

/// <summary>What a fallback does to a workload.</summary>
public enum FallbackAction
{
    /// <summary>A CPU HorizontalPodAutoscaler.</summary>
    Cpu,

    /// <summary>Replicas stay as they are: no KEDA HPA, no fallback HPA.</summary>
    Freeze,

    /// <summary>A fixed number of replicas.</summary>
    Replicas,
}
