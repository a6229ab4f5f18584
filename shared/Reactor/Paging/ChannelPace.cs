namespace Sophia.Keda.Reactor.Paging;

/// <summary>When a channel may be used next: its spacing, and the wait that it asked for. One user at a time.</summary>
internal sealed class ChannelPace(TimeSpan spacing, TimeProvider time)
{
    /// <summary>Longer than this a critical page does not obey an "ask again later" that was said to a lesser one: at worst it hears the same.</summary>
    private static readonly TimeSpan UrgentObeys = TimeSpan.FromSeconds(10);

    private DateTimeOffset notBefore;
    private DateTimeOffset heldUntil;
    private DateTimeOffset urgentHeldUntil;

    /// <summary>Waits for the channel's turn; false when that does not come before the deadline.</summary>
    public async Task<bool> WaitAsync(bool urgent, DateTimeOffset deadline, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var turn = new[] { now, notBefore, urgent ? urgentHeldUntil : heldUntil }.Max();
        if (turn >= deadline) return false;
        if (turn > now) await Task.Delay(turn - now, time, cancel);
        notBefore = turn + spacing;
        return true;
    }

    public void HoldUntil(bool urgent, DateTimeOffset until)
    {
        var obeyed = time.GetUtcNow() + UrgentObeys;
        if (until > heldUntil) heldUntil = until;
        if (!urgent && until > obeyed) until = obeyed;
        if (until > urgentHeldUntil) urgentHeldUntil = until;
    }
}
