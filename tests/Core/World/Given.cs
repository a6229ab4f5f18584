namespace Sophia.Keda.Reactor.Core.Tests;

/// <summary>Signals with defaults: every option that a test sets matters to it.</summary>
internal static class Given
{
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
