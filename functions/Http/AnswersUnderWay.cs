namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>
/// Views and exports that are being made or read. Each holds its answer until its reader has taken it, which a slow one does slowly: so only
/// so many at once.
/// </summary>
public sealed class AnswersUnderWay
{
    /// <summary>A view of 1,000 targets has half a megabyte, an export's part as much: together not more than the bodies.</summary>
    public const int Most = 32;

    private int count;

    /// <summary>A place until it is disposed; null when there is none.</summary>
    public IDisposable? Enter()
    {
        if (Interlocked.Increment(ref count) <= Most) return new Place(this);
        Interlocked.Decrement(ref count);
        return null;
    }

    private sealed class Place(AnswersUnderWay among) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref among.count);
    }
}
