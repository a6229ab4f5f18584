namespace Sophia.Keda.Reactor.Contracts.Tests;

/// <summary>A clock that stands still until a test moves it; timers fire as it passes them.</summary>
public sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock sync = new();
    private readonly List<ManualTimer> timers = [];
    private DateTimeOffset now = start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many waits are under way.</summary>
    public int Waiting
    {
        get
        {
            lock (sync) return timers.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (sync) return now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        var until = GetUtcNow() + by;
        while (true)
        {
            ManualTimer? next;
            lock (sync)
            {
                next = timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due);
                if (next is null)
                {
                    now = until;
                    return;
                }

                timers.Remove(next);
                if (next.Due > now) now = next.Due;
            }

            next.Fire();
        }
    }

    private sealed class ManualTimer(ManualTime time, Action callback) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => callback();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.sync)
            {
                time.timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = time.now + dueTime;
                time.timers.Add(this);
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
