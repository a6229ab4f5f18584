using System.Collections.Concurrent;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>
/// Runs asynchronous code on one thread and knows when it waits: production code runs unchanged, the same seed gives the same
/// order of everything, and time may move only while nothing else can.
/// </summary>
internal sealed class Pump : SynchronizationContext
{
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _queue = new();

    public override void Post(SendOrPostCallback d, object? state) => _queue.Enqueue((d, state));

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    /// <summary>Lets whatever was woken go on until everything waits again.</summary>
    public void Settle(Func<bool> dead)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            while (!dead() && _queue.TryDequeue(out var item))
                item.Callback(item.State);
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

            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
