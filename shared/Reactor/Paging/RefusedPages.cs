using System.Collections.Concurrent;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>
/// Pages that a channel refused for its secret: for how long they are still tried, and whether there is another secret by now. Only in memory:
/// after a restart, which may have brought the new secret, each has its time anew.
/// </summary>
internal sealed class RefusedPages(PageChannels channels, TimeProvider time)
{
    /// <summary>As long as it takes somebody to put a new secret in its place while an old one is just taken back.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(string Page, string Channel), Refusal> pages = [];

    /// <summary>Whether some page has become due by a new secret.</summary>
    public bool AnyRenewed => pages.Any(page => IsOther(page.Key.Channel, page.Value));

    public bool IsRenewed(OutboxEntry entry) => pages.TryGetValue(KeyOf(entry), out var refusal) && IsOther(entry.Channel, refusal);

    /// <summary>What the answer means after those before it: a refusal is final when the same secret was refused for long enough.</summary>
    /// <param name="entry">The page.</param>
    /// <param name="result">How it was answered.</param>
    /// <param name="credential">What was shown.</param>
    public SendResult Settle(OutboxEntry entry, SendResult result, object? credential)
    {
        if (result.Status != SendStatus.Refused)
        {
            pages.TryRemove(KeyOf(entry), out _);
            return result;
        }

        var now = time.GetUtcNow();
        var since = pages.TryGetValue(KeyOf(entry), out var before) && Equals(before.Credential, credential) ? before.Since : now;
        if (now - since >= Patience)
        {
            pages.TryRemove(KeyOf(entry), out _);
            return result with { Status = SendStatus.Final, Detail = $"{result.Detail} (for {Patience.TotalMinutes:0} min)" };
        }

        // What another process has ended stands here still.
        foreach (var old in pages.Where(page => now - page.Value.Since > 2 * Patience)) pages.TryRemove(old);
        pages[KeyOf(entry)] = new Refusal(since, credential);
        return result;
    }

    /// <summary>The last try is made when the time is up.</summary>
    public TimeSpan Left(OutboxEntry entry) => pages.TryGetValue(KeyOf(entry), out var refusal) ? refusal.Since + Patience - time.GetUtcNow() : TimeSpan.MaxValue;

    private bool IsOther(string channel, Refusal refusal) => !Equals(channels.Find(channel).Channel.Credential, refusal.Credential);

    private static (string Page, string Channel) KeyOf(OutboxEntry entry) => (entry.Page.Id, entry.Channel);

    private sealed record Refusal(DateTimeOffset Since, object? Credential);
}
