namespace Sophia.Keda.Reactor.Alerts;

/// <summary>
/// The alert that always fires. It says nothing of KEDA, only that the way from Prometheus by Alertmanager to here works, so it is noted and never
/// stored or decided on. Each process knows what it heard itself: Alertmanager keeps its connection, and so stays with one of several.
/// </summary>
public sealed class Watchdog(TimeProvider time)
{
    /// <summary>As the shipped rules and kube-prometheus call it.</summary>
    public const string AlertName = "Watchdog";

    private long _heard;

    /// <summary>Null until it has come once.</summary>
    public DateTimeOffset? LastHeard => Interlocked.Read(ref _heard) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public void Hear() => Interlocked.Exchange(ref _heard, time.GetUtcNow().UtcTicks);
}
