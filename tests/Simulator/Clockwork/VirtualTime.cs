namespace Sophia.Keda.Reactor.Simulator.Clockwork;

/// <summary>A clock that moves only when the simulation says so, and rings its alarms in order.</summary>
public sealed class VirtualTime(DateTimeOffset start) : TimeProvider
{
    private readonly PriorityQueue<Alarm, (long At, long Order)> _alarms = new();
    private long _order;

    public DateTimeOffset Now { get; private set; } = start;

    /// <summary>Called before an alarm rings, when the clock has moved.</summary>
    public Action<DateTimeOffset>? Moved { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Now.UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    /// <summary>When the next alarm rings; null when none is set.</summary>
    public DateTimeOffset? Next
    {
        get
        {
            while (_alarms.TryPeek(out var alarm, out var due))
            {
                if (alarm.IsSetFor(due))
                    return new DateTimeOffset(due.At, TimeSpan.Zero);
                _alarms.Dequeue();
            }

            return null;
        }
    }

    public void MoveTo(DateTimeOffset to)
    {
        while (Next is { } next && next <= to)
        {
            var alarm = _alarms.Dequeue();
            Set(next);
            alarm.Ring();
        }

        Set(to);
    }

    private void Set(DateTimeOffset to)
    {
        if (to <= Now)
            return;
        Now = to;
        Moved?.Invoke(to);
    }

    private sealed class Alarm(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private (long At, long Order)? _due;
        private TimeSpan _period;

        public bool IsSetFor((long, long) due) => _due == due;

        public void Ring()
        {
            _due = null;
            if (_period > TimeSpan.Zero)
                SetIn(_period);
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            _due = null;
            if (dueTime >= TimeSpan.Zero)
                SetIn(dueTime);
            return true;
        }

        public void Dispose() => _due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void SetIn(TimeSpan time1)
        {
            _due = ((time.Now + time1).UtcTicks, ++time._order);
            time._alarms.Enqueue(this, _due.Value);
        }
    }
}
