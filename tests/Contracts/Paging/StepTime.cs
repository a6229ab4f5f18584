namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>
/// A clock and the one thread that everything waits on: continuations run one by one, and when none is left the clock jumps to the next
/// timer. Hours pass in seconds, and the same way each time.
/// </summary>
internal sealed class StepTime(DateTimeOffset start) : TimeProvider
{
    private readonly PriorityQueue<Timer, (DateTimeOffset, long)> timers = new();
    private readonly Queue<(SendOrPostCallback Run, object? State)> posted = new();
    private DateTimeOffset now = start;
    private long number;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => now;

    public override long GetTimestamp() => now.UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs something to its end on this thread.</summary>
    public T Run<T>(Func<Task<T>> work)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new OneThread(this));
        try
        {
            var task = work();
            while (!task.IsCompleted)
            {
                if (posted.TryDequeue(out var next))
                    next.Run(next.State);
                else
                    Jump();
            }

            return task.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    public void PassUntil(DateTimeOffset at)
    {
        if (at > now) now = at;
    }

    private void Jump()
    {
        while (timers.TryDequeue(out var timer, out var due))
        {
            if (!timer.IsDue(due.Item2)) continue;
            if (due.Item1 > now) now = due.Item1;
            timer.Fire();
            return;
        }

        throw new InvalidOperationException("Everything waits, and no timer would ever wake it.");
    }

    private sealed class OneThread(StepTime time) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => time.posted.Enqueue((d, state));

        public override void Send(SendOrPostCallback d, object? state) => d(state);
    }

    private sealed class Timer(StepTime time, TimerCallback callback, object? state) : ITimer
    {
        private long armed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            armed = dueTime == Timeout.InfiniteTimeSpan ? 0 : ++time.number;
            if (armed > 0) time.timers.Enqueue(this, (time.now + dueTime, armed));
            return true;
        }

        public bool IsDue(long arming) => armed == arming;

        public void Fire()
        {
            armed = 0;
            callback(state);
        }

        public void Dispose() => armed = 0;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
