namespace Sophia.Keda.Reactor.Simulator.Clockwork;

/// <summary>The clock of one machine: ahead of the others or behind, at the same pace.</summary>
public sealed class SkewedTime(VirtualTime time, TimeSpan ahead) : TimeProvider
{
    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.Now + ahead;

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
