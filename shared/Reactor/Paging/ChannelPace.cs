namespace Sophia.Keda.Reactor.Paging;

/// <summary>When a channel may be used next: its spacing, and the wait that it asked for. One user at a time.</summary>
internal sealed class ChannelPace(TimeSpan spacing, TimeProvider time)
{
    /// <summary>Longer than this a critical page does not obey an "ask again later" that was said to another one: at worst it hears the same.</summary>
    private static readonly TimeSpan UrgentObeys = TimeSpan.FromSeconds(10);

    private DateTimeOffset notBefore;
    private DateTimeOffset heldSince;
    private DateTimeOffset heldUntil;

    /// <summary>Waits for the channel's turn; false when that does not come before the deadline.</summary>
    public async Task<bool> WaitAsync(bool urgent, DateTimeOffset deadline, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var held = urgent && heldUntil - heldSince > UrgentObeys ? heldSince + UrgentObeys : heldUntil;
        var turn = new[] { now, notBefore, held }.Max();
        if (turn >= deadline) return false;
        if (turn > now) await Task.Delay(turn - now, time, cancel);
        notBefore = turn + spacing;
        return true;
    }

    public void HoldUntil(DateTimeOffset until)
    {
        if (until <= heldUntil) return;
        (heldSince, heldUntil) = (time.GetUtcNow(), until);
    }
}
