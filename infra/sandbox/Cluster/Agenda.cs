namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>What is to happen inside the cluster, in order of time, then of being put in.</summary>
public sealed class Agenda
{
    private readonly PriorityQueue<Action, (long Ticks, long Sequence)> _entries = new();
    private long _sequence;

    public Agenda(DateTimeOffset start) => Now = start;

    public DateTimeOffset Now { get; private set; }

    public void At(DateTimeOffset time, Action what) =>
        _entries.Enqueue(what, ((time < Now ? Now : time).UtcTicks, _sequence++));

    public void In(TimeSpan delay, Action what) => At(Now + delay, what);

    public DateTimeOffset? NextAt =>
        _entries.TryPeek(out _, out var key) ? new DateTimeOffset(key.Ticks, TimeSpan.Zero) : null;

    /// <summary>Takes the next entry that is due at or before the given time and moves the clock to it.</summary>
    public Action? Take(DateTimeOffset until)
    {
        if (!_entries.TryPeek(out _, out var key) || key.Ticks > until.UtcTicks)
            return null;
        var what = _entries.Dequeue();
        Now = new DateTimeOffset(key.Ticks, TimeSpan.Zero);
        return what;
    }

    /// <summary>A clock that would run backwards stays where it is: a laptop that wakes up must not undo time.</summary>
    public void MoveTo(DateTimeOffset time)
    {
        if (time > Now)
            Now = time.ToUniversalTime();
    }
}
