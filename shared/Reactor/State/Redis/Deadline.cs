namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// When a call of several steps must have ended, whatever each of them may take. By the machine's own clock, also where the reactor's is a
/// simulated one: a network takes real time.
/// </summary>
internal sealed class Deadline(TimeSpan after)
{
    private readonly long began = TimeProvider.System.GetTimestamp();

    public TimeSpan Of => after;

    /// <exception cref="TimeoutException">It has passed.</exception>
    public Task<T> WaitAsync<T>(Task<T> task, CancellationToken cancel)
    {
        var left = after - TimeProvider.System.GetElapsedTime(began);
        return task.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, TimeProvider.System, cancel);
    }
}
