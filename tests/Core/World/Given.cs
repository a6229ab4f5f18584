namespace Sophia.Keda.Reactor.Core.Tests;

/// <summary>Signals with defaults: every option that a test sets matters to it.</summary>
internal static class Given
{
    /// <summary>As kedacore/keda#6475 has it.</summary>
    public static Taken Taken(World world) =>
        new("Service datadog/datadog-cluster-agent-metrics-api", "keda-system/keda-metrics-apiserver", new FieldWriter("datadog-operator", world.Now));

    public static AlertSignal Alert(
        World world,
        Cause cause,
        string? target = null,
        bool firing = true,
        string fingerprint = "f1",
        DateTimeOffset? startsAt = null) => new()
    {
        Key = fingerprint,
        ReceivedAt = world.Now,
        Fingerprint = fingerprint,
        AlertName = world.Policy.AlertNames.First(a => a.Value == cause).Key,
        Cause = cause,
        Firing = firing,
        StartsAt = startsAt ?? World.Start,
        EndsAt = firing ? null : world.Now,
        Namespace = "sophia-mesh",
        ScaledObject = target,
        Summary = "summary of the alert",
    };

    /// <param name="world">Whose clock received it.</param>
    /// <param name="type">One of <see cref="KedaEventTypes"/>.</param>
    /// <param name="target">The ScaledObject.</param>
    /// <param name="at">The event's own time; now when not given.</param>
    public static AlertSignal Event(World world, string type, string target, DateTimeOffset? at = null) => new()
    {
        Key = $"{target}/{at ?? world.Now:O}/{type}",
        ReceivedAt = world.Now,
        Fingerprint = "event-" + target,
        AlertName = type,
        Cause = Cause.ScalerErrors,
        Firing = type == KedaEventTypes.Failed,
        StartsAt = at ?? world.Now,
        EndsAt = type == KedaEventTypes.Failed ? null : at ?? world.Now,
        Namespace = "sophia-mesh",
        ScaledObject = target,
        Summary = "ScaledObjectCheckFailed: no scale target",
        Origin = SignalOrigin.KedaEvent,
    };

    public static TripOrder Trip(World world, string? target, string requestId = "r1", FallbackAction? action = null, TimeSpan? duration = null) => new()
    {
        Key = "order/" + requestId,
        ReceivedAt = world.Now,
        RequestId = requestId,
        Reason = "drill",
        By = "ana",
        Principal = "key:operator#1",
        Selection = target is null ? new(Scope.Cluster, null, null) : new(Scope.Target, "sophia-mesh", target),
        Action = action,
        Duration = duration,
    };

    public static ResetOrder Reset(World world, string? target, ResetMode mode, string requestId = "r2") => new()
    {
        Key = "order/" + requestId,
        ReceivedAt = world.Now,
        RequestId = requestId,
        Reason = "drill over",
        By = "ana",
        Principal = "key:operator#1",
        Selection = target is null ? new(Scope.Cluster, null, null) : new(Scope.Target, "sophia-mesh", target),
        Mode = mode,
    };

    public static IncidentResetOrder ResetIncident(World world, string incident, ResetMode mode, string requestId = "r4") => new()
    {
        Key = "order/" + requestId,
        ReceivedAt = world.Now,
        RequestId = requestId,
        Reason = "drill over",
        By = "ana",
        Principal = "key:operator#1",
        IncidentId = incident,
        Mode = mode,
    };

    /// <param name="world">Whose clock received it.</param>
    /// <param name="lasts">How long from now.</param>
    /// <param name="selection">The whole cluster when not given.</param>
    /// <param name="requestId">The order's id.</param>
    public static MaintenanceOrder Maintenance(World world, TimeSpan lasts, Selection? selection = null, string requestId = "m1") => new()
    {
        Key = "order/" + requestId,
        ReceivedAt = world.Now,
        RequestId = requestId,
        Reason = "KEDA upgrade",
        By = "ana",
        Principal = "key:operator#1",
        Selection = selection ?? new Selection(Scope.Cluster, null, null),
        Until = world.Now + lasts,
    };

    public static KillSwitchOrder KillSwitch(World world, bool stop, string requestId = "k1") => new()
    {
        Key = "order/" + requestId,
        ReceivedAt = world.Now,
        RequestId = requestId,
        Reason = "drill",
        By = "ana",
        Principal = "key:operator#1",
        Stop = stop,
    };

    public static MaintenanceEndOrder EndOfMaintenance(World world, string id, string requestId = "m2") => new()
    {
        Key = "order/" + requestId,
        ReceivedAt = world.Now,
        RequestId = requestId,
        Reason = "upgrade done",
        By = "ana",
        Principal = "key:operator#1",
        MaintenanceId = id,
    };

    public static IncidentOrder OnIncident(World world, string incident, IncidentOrderKind kind, string requestId = "r3") => new()
    {
        Key = "order/" + requestId,
        ReceivedAt = world.Now,
        RequestId = requestId,
        Reason = "waiting for the vendor",
        By = "ana",
        Principal = "key:operator#1",
        IncidentId = incident,
        Kind = kind,
    };
}
