namespace Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;

/// <summary>
/// A clock that runs several times as fast as the machine's from an agreed moment on: the same in every process that is given the same
/// numbers. It may be off by some seconds, as a host's clock is.
/// </summary>
internal sealed class PacedClock(DateTimeOffset agreed, double speed, TimeSpan off) : TimeProvider
{
    public DateTimeOffset Agreed => agreed;

    public double Speed => speed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => agreed + (System.GetUtcNow() - agreed) * speed + off;

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new PacedTimer(System.CreateTimer(callback, state, Real(dueTime), Real(period)), Real);

    private TimeSpan Real(TimeSpan span) => span <= TimeSpan.Zero ? span : span / speed;

    private sealed class PacedTimer(ITimer timer, Func<TimeSpan, TimeSpan> real) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(real(dueTime), real(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
