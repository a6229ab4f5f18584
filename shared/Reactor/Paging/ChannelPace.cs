namespace Sophia.Keda.Reactor.Paging;

/// <summary>When a channel may be used next: its spacing, and the wait that it asked for. One user at a time.</summary>
internal sealed class ChannelPace(TimeSpan spacing, TimeProvider time)
{
    private DateTimeOffset notBefore;

    /// <summary>Waits for the channel's turn; false when that does not come before the deadline.</summary>
    public async Task<bool> WaitAsync(DateTimeOffset deadline, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var turn = notBefore > now ? notBefore : now;
        if (turn >= deadline) return false;
        if (turn > now) await Task.Delay(turn - now, time, cancel);
        notBefore = turn + spacing;
        return true;
    }

    public void HoldUntil(DateTimeOffset until)
    {
        if (until > notBefore) notBefore = until;
    }
}
