using Sophia.Keda.Reactor.Kpis;

namespace Sophia.Keda.Reactor.Functions.Timers;

/// <summary>Looks often whether the digest is due: its own schedule has a time zone, which timers have not.</summary>
public sealed class WeeklyDigestFunction(DigestSwitch digest)
{
    [Function("WeeklyDigest")]
    public Task Run([TimerTrigger("%Audit:Schedule%")] TimerInfo timer, CancellationToken cancel) => digest.RunAsync(cancel);
}
