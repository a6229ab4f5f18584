using System.Collections.Concurrent;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>
/// Runs asynchronous code on one thread and knows when it waits: production code runs unchanged, the same seed gives the same
/// order of everything, and time may move only while nothing else can.
/// </summary>
internal sealed class Pump : SynchronizationContext
{
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _queue = new();

    private int _thread = Environment.CurrentManagedThreadId;
    private volatile string? _stray;

    public override void Post(SendOrPostCallback d, object? state)
    {
        // When it comes is chance then, and time may have moved on in between: the same seed would not give the same story.
        if (Environment.CurrentManagedThreadId != _thread)
            _stray ??= (state as Delegate)?.Target?.ToString() ?? d.Method.ToString();
        _queue.Enqueue((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    /// <summary>Lets whatever was woken go on until everything waits again.</summary>
    public void Settle(Func<bool> dead)
    {
        var before = Current;
        SetSynchronizationContext(this);
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            while (!dead() && _queue.TryDequeue(out var item))
                item.Callback(item.State);
            NothingStrayed();
            if (dead())
                _queue.Clear();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>
    /// Runs to the end; whenever everything waits, <paramref name="idle"/> must move something on. Once <paramref name="dead"/>, not
    /// one more step is made: a process that died neither waits nor times out.
    /// </summary>
    public void Run(Func<Task> start, Action idle, Func<bool> dead)
    {
        var before = Current;
        SetSynchronizationContext(this);
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            var task = start();
            while (!task.IsCompleted)
            {
                if (dead())
                {
                    _queue.Clear();
                    throw new ProcessDiedException("and nothing of it goes on");
                }

                if (_queue.TryDequeue(out var item))
                    item.Callback(item.State);
                else
                    idle();
            }

            NothingStrayed();
            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    private void NothingStrayed()
    {
        if (_stray is { } stray)
            throw new InvalidOperationException($"Not of one thread: what this waited for came over the thread pool, and when is chance: {stray}");
    }
}
