using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Which channels a page goes to. Whoever was told that something began is told how it goes on and that it is over, however little severe
/// that news is by itself.
/// </summary>
internal static class Routing
{
    /// <summary>The page with its channels, remembered until its incident or notice is over.</summary>
    public static Page Route(Draft draft, Page page)
    {
        var told = draft.Panel.PagedOn.GetValueOrDefault(page.DedupKey);
        if (draft.Policy.PageRoutes.IsEmpty && told is null)
            return page; // Every channel gets everything: nothing to remember.

        // What was configured when it began may be so no longer: a page to it would be dead.
        var channels = (told ?? []).Intersect(draft.Policy.AlertChannels).Union(ByPolicy(draft.Policy, page));
        draft.Panel = draft.Panel with
        {
            PagedOn = page.Kind == PageKind.Resolve ? draft.Panel.PagedOn.Remove(page.DedupKey) : draft.Panel.PagedOn.SetItem(page.DedupKey, channels),
        };
        return page with { Channels = channels };
    }

    private static IEnumerable<string> ByPolicy(Policy policy, Page page) =>
        policy.AlertChannels.Where(channel => policy.PageRoutes.FirstOrDefault(route => route.Channel == channel)?.Takes(page) != false);
}
