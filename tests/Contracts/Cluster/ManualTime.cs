namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>A clock that stands still until a test, or <see cref="RunAsync{T}"/>, moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private int _changes;
    private DateTimeOffset _now = new(2026, 11, 21, 23, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by) => MoveTo(GetUtcNow() + by);

    /// <summary>Waits for the task; whenever nothing moves any more, the clock jumps to the next timer.</summary>
    public async Task<T> RunAsync<T>(Task<T> task)
    {
        for (var step = 0; step < 200; step++)
        {
            if (await RestsAsync(task))
                return await task;
            lock (_gate)
                MoveTo(_timers.Count > 0 ? _timers.Min(t => t.Due) : _now);
        }

        throw new TimeoutException("the task waits for something other than the clock");
    }

    /// <summary>
    /// True when the task is done; false when nothing moves any more: no timer came or went, and the thread pool has nothing to do. Tests beside
    /// this one keep the pool busy too, so that is waited for only so long.
    /// </summary>
    private async Task<bool> RestsAsync(Task task)
    {
        for (int quiet = 0, waits = 0; quiet < 3 && waits < 40; waits++)
        {
            var before = _changes;
            if (await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System)) == task)
                return true;
            quiet = ThreadPool.PendingWorkItemCount == 0 && before == _changes ? quiet + 1 : 0;
        }

        return false;
    }

    private void MoveTo(DateTimeOffset to)
    {
        List<ManualTimer> due;
        lock (_gate)
        {
            _now = to;
            due = [.. _timers.Where(t => t.Due <= to).OrderBy(t => t.Due)];
            _timers.RemoveAll(due.Contains);
        }

        foreach (var timer in due)
            timer.Fire();
    }

    private sealed class ManualTimer(ManualTime time, Action fire) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._changes++;
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._now + dueTime;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
