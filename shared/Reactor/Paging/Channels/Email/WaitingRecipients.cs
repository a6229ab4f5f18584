using System.Collections.Immutable;
using MimeKit;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

/// <summary>
/// Who of a page's recipients was told to wait (greylisting, a full mailbox), so that a repetition goes to them alone. Only in memory: after
/// a restart all of them get it again, which is better than one getting it never.
/// </summary>
internal sealed class WaitingRecipients(TimeProvider time)
{
    /// <summary>Greylisting lasts minutes. After these the others, whose next page waits behind this one, have waited enough.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private const int Most = 1_000;

    private readonly Lock sync = new();
    private readonly Dictionary<string, Waiting> pages = new(StringComparer.Ordinal);

    public ImmutableArray<MailboxAddress> Of(string page, IEnumerable<MailboxAddress> all)
    {
        lock (sync)
        {
            return pages.TryGetValue(page, out var waiting) ? [.. all.Where(one => waiting.Addresses.Contains(one.Address))] : [.. all];
        }
    }

    /// <summary>
    /// Delivered when nobody has to wait any longer and somebody got it; retried when nobody got it and somebody may; for good when all are
    /// refused for good.
    /// </summary>
    public SendResult Settle(string page, ImmutableArray<MailboxAddress> asked, IReadOnlyCollection<RefusedRecipient> refused, string answer)
    {
        var words = string.Concat(refused.Select(one => $"; {one.Address} was refused with {one.Status} {one.Words}"));
        var forNow = refused.Where(one => one.ForNow).Select(one => one.Address).ToImmutableHashSet(StringComparer.OrdinalIgnoreCase);
        lock (sync)
        {
            var before = pages.GetValueOrDefault(page);
            var taken = asked.Length - refused.Count;
            var reached = (before?.Reached ?? 0) + taken;
            if (forNow.Count > 0 && (reached == 0 || time.GetUtcNow() - (before?.Since ?? time.GetUtcNow()) < Patience))
            {
                if (reached > 0) Remember(page, new Waiting(before?.Since ?? time.GetUtcNow(), forNow, reached));
                return new SendResult(SendStatus.Retry, $"taken for {taken} of {asked.Length} recipients{words}");
            }

            pages.Remove(page);
            return reached > 0
                ? new SendResult(SendStatus.Delivered, $"{answer}{(answer.Length == 0 ? "taken for the others" : "")}{words}")
                : new SendResult(SendStatus.Final, $"every recipient was refused{words}");
        }
    }

    private void Remember(string page, Waiting waiting)
    {
        if (pages.Count >= Most) pages.Remove(pages.MinBy(one => one.Value.Since).Key);
        pages[page] = waiting;
    }

    private sealed record Waiting(DateTimeOffset Since, ImmutableHashSet<string> Addresses, int Reached);
}
