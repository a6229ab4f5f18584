namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>
/// What anybody may ask without proof, and what costs a look at the store: whoever asks while such a look is under way gets what it finds. So
/// any number of callers costs one panel in memory.
/// </summary>
public sealed class OneLook<T>(RequestTime time)
{
    private readonly Lock gate = new();
    private Task<T>? underWay;

    /// <exception cref="NotNowException">It took longer than a request may.</exception>
    public Task<T> JoinAsync(Func<CancellationToken, Task<T>> look, CancellationToken cancel)
    {
        lock (gate)
        {
            if (underWay is not { IsCompleted: false }) underWay = Task.Run(() => LookAsync(look), CancellationToken.None);
            return underWay.WaitAsync(cancel);
        }
    }

    /// <summary>With a time of its own: the one who began it may go while others wait.</summary>
    private async Task<T> LookAsync(Func<CancellationToken, Task<T>> look)
    {
        using var late = new CancellationTokenSource(RequestTime.Longest, time.Clock);
        try
        {
            return await look(late.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            throw new NotNowException("Too slow", $"It could not be answered within {RequestTime.Longest.TotalSeconds:0} s. Ask again.");
        }
    }
}
