using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State;

/// <summary>
/// Which notices are queued while a channel takes none. Their number is bounded where they are made; this is for a sender whose alerts come and
/// go all day while nobody takes the pages.
/// </summary>
internal sealed class NoticeRoom(int bound)
{
    private readonly Dictionary<string, int> waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> dropped = new(StringComparer.Ordinal);

    /// <summary>How many were not queued, by channel.</summary>
    public IReadOnlyDictionary<string, long> Dropped => dropped;

    /// <summary>What the bound is on.</summary>
    public static bool IsNotice(Page page) => page is { IncidentId: null, Severity: <= Severity.Warning };

    /// <summary>False: it is counted and not queued.</summary>
    /// <param name="page">The page.</param>
    /// <param name="channel">Where to.</param>
    /// <param name="known">How many notices wait there; asked once.</param>
    /// <param name="hasTrigger">Whether the page's trigger was queued there: its resolve must follow then.</param>
    public bool Takes(Page page, string channel, Func<string, int> known, Func<bool> hasTrigger)
    {
        if (!IsNotice(page)) return true;
        var count = waiting.TryGetValue(channel, out var counted) ? counted : known(channel);
        var takes = count < bound || (page.Kind == PageKind.Resolve && hasTrigger());
        waiting[channel] = takes ? count + 1 : count;
        if (!takes) dropped[channel] = dropped.GetValueOrDefault(channel) + 1;
        return takes;
    }
}
