namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>
/// A clock that runs fast through waits and at speed 1 through work. While anything is under way (a request, a hand-over) it
/// runs like any clock, so that every duration of an action is a real one; only the time in which nothing happens flies. It never flies past
/// an alarm that has not rung: a machine that stalls for a moment must not look like a reactor that missed its probes.
/// </summary>
public sealed class StoryClock : TimeProvider, IDisposable
{
    /// <summary>Quiet for this long, by the machine's clock, means that the work is done.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(80);

    private readonly Lock _sync = new();
    private readonly TimeProvider _machine = TimeProvider.System;
    private readonly PriorityQueue<Alarm, long> _alarms = new();
    private readonly ITimer _driver;
    private readonly double _fast;
    private long _simulated;
    private long _realBase;
    private double _speed;
    private long _lastBusy;
    private int _underWay;
    private double _fastSeconds;

    /// <param name="start">The simulated time at which it begins.</param>
    /// <param name="fast">How many simulated seconds pass in a real one while nothing is under way; 1 or more.</param>
    public StoryClock(DateTimeOffset start, double fast)
    {
        _fast = fast;
        _simulated = start.UtcTicks;
        _realBase = _machine.GetTimestamp();
        _speed = 1;
        _lastBusy = _realBase;
        _driver = _machine.CreateTimer(_ => Drive(), null, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
    }

    /// <summary>Asked at each step of the clock: true keeps it at speed 1.</summary>
    public Func<bool>? Working { get; set; }

    public double Speed
    {
        get
        {
            lock (_sync)
                return _speed;
        }
    }

    /// <summary>Simulated time that passed at more than speed 1.</summary>
    public TimeSpan FastForwarded
    {
        get
        {
            lock (_sync)
                return TimeSpan.FromSeconds(_fastSeconds) + (_speed > 1 ? TimeSpan.FromTicks(NowTicks() - _simulated) : TimeSpan.Zero);
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Something begins: speed 1 from now on, until it and everything else has ended.</summary>
    public IDisposable Busy()
    {
        lock (_sync)
        {
            _underWay++;
            Rebase(1);
        }

        return new End(this);
    }

    /// <summary>No more flying: from now on it runs like any clock.</summary>
    public void StayAtOne() => _ = Busy();

    /// <summary>Something happened just now.</summary>
    public void Touch()
    {
        lock (_sync)
        {
            _lastBusy = _machine.GetTimestamp();
            Rebase(1);
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_sync)
            return new DateTimeOffset(NowTicks(), TimeSpan.Zero);
    }

    public override long GetTimestamp()
    {
        lock (_sync)
            return NowTicks();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    public void Dispose() => _driver.Dispose();

    private long NowTicks()
    {
        var now = _simulated + (long)((_machine.GetTimestamp() - _realBase) * (double)TimeSpan.TicksPerSecond / _machine.TimestampFrequency * _speed);
        return _speed > 1 && _alarms.TryPeek(out _, out var next) ? Math.Max(_simulated, Math.Min(now, next)) : now;
    }

    private void Rebase(double speed)
    {
        if (speed.Equals(_speed) && speed <= 1)
            return;
        var now = NowTicks();
        if (_speed > 1)
            _fastSeconds += TimeSpan.FromTicks(now - _simulated).TotalSeconds;
        _simulated = now;
        _realBase = _machine.GetTimestamp();
        _speed = speed;
    }

    private void Drive()
    {
        List<Alarm>? due = null;
        var working = Working?.Invoke() ?? false;
        lock (_sync)
        {
            var quiet = _machine.GetElapsedTime(_lastBusy) > Quiet;
            Rebase(_underWay == 0 && quiet && !working ? _fast : 1);
            var now = NowTicks();
            while (_alarms.TryPeek(out var alarm, out var at) && at <= now)
            {
                _alarms.Dequeue();
                if (alarm.IsSetFor(at))
                {
                    (due ??= []).Add(alarm);
                    alarm.Rang(at);
                }
            }
        }

        foreach (var alarm in due ?? [])
            ThreadPool.UnsafeQueueUserWorkItem(static a => a.Ring(), alarm, preferLocal: false);
    }

    private sealed class End(StoryClock clock) : IDisposable
    {
        private StoryClock? _clock = clock;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _clock, null) is not { } clock)
                return;
            lock (clock._sync)
            {
                clock._underWay--;
                clock._lastBusy = clock._machine.GetTimestamp();
            }
        }
    }

    private sealed class Alarm(StoryClock clock, TimerCallback callback, object? state) : ITimer
    {
        private long? _at;
        private TimeSpan _period;

        public bool IsSetFor(long at) => _at == at;

        public void Rang(long at)
        {
            if (_period > TimeSpan.Zero)
                Set(at + _period.Ticks);
            else
                _at = null;
        }

        public void Ring() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._sync)
            {
                _period = period;
                _at = null;
                if (dueTime >= TimeSpan.Zero)
                    Set(clock.NowTicks() + dueTime.Ticks);
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock._sync)
                _at = null;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Set(long at)
        {
            _at = at;
            clock._alarms.Enqueue(this, at);
        }
    }
}
