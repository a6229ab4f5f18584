namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>
/// How long a request may work, by the machine's own clock: it is the caller and the platform that wait, and they know no other. (The
/// injected clock may run many times faster.)
/// </summary>
public sealed record RequestTime(TimeProvider Clock)
{
    /// <summary>Alertmanager's default timeout is 10 s, an action group's too: an answer that comes later is a failure to them.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromSeconds(5);
}
