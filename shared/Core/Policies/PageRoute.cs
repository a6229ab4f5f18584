using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Which pages a channel gets: an entry of alert_channels with conditions.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="AtLeast">Pages that are less severe don't go there.</param>
/// <param name="Causes">Only pages of these causes; empty for all, and for pages that have none.</param>
public sealed record PageRoute(string Channel, Severity AtLeast, ImmutableSortedSet<Cause> Causes)
{
    public bool Takes(Page page) => page.Severity >= AtLeast && (Causes.IsEmpty || (page.Cause is { } cause && Causes.Contains(cause)));
}
