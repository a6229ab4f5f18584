namespace Sophia.Keda.Reactor.Simulator.Clockwork;

/// <summary>
/// One process of the simulation: what its code still has to do. It can die, and then nothing of it goes on, or stand still for a time, as a
/// stopped container or a machine that swaps does.
/// </summary>
public sealed class SimProcess(string name, DateTimeOffset born) : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public string Name { get; } = name;

    public DateTimeOffset Born { get; } = born;

    public bool Dead { get; private set; }

    /// <summary>Stands still until then.</summary>
    public DateTimeOffset FrozenUntil { get; set; }

    public bool CanGoOn(DateTimeOffset now) => _ready.Count > 0 && FrozenUntil <= now;

    /// <exception cref="InvalidOperationException">Something left the simulation's one thread: then a seed is worth nothing.</exception>
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException($"{Name} went on on another thread: {Environment.StackTrace}");
        if (!Dead)
            _ready.Enqueue((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public void Do(Action what) => Post(static state => ((Action)state!)(), what);

    public void Die()
    {
        Dead = true;
        _ready.Clear();
    }

    /// <summary>One step, from one wait to the next.</summary>
    public void Step()
    {
        var (callback, state) = _ready.Dequeue();
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
