using System.Collections.Immutable;
using System.Diagnostics;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Paging.Links;

/// <summary>
/// A page's links, the same in every channel. Orders open a page that asks first: chat and mail programs fetch what a message links to, so a
/// GET must change nothing. Whoever opens one has to prove who it is there.
/// </summary>
public static class PageLinks
{
    private const int FromAlert = 2;

    /// <summary>No id of ours is longer, and no order takes one.</summary>
    private const int LongestId = 100;

    public static ImmutableArray<PageLink> Of(Page page, LinkSettings settings)
    {
        var links = ImmutableArray.CreateBuilder<PageLink>();
        foreach (var (order, text) in OrdersOf(page.Kind))
        {
            if (Confirm(page, order, settings) is { } url) links.Add(new PageLink(text, url));
        }

        if (IncidentPage(page, settings) is { } why) links.Add(new PageLink("Why", why));
        if (settings.Runbook is { } runbook) links.Add(new PageLink("Runbook", runbook));
        links.AddRange(AlertUrls.Allowed(page.Happened, settings).Take(FromAlert).Select(url => new PageLink($"The alert's link to {url.IdnHost}", url)));
        return links.ToImmutable();
    }

    /// <summary>Null for a notice without an incident, or when nobody said where people reach us.</summary>
    public static Uri? IncidentPage(Page page, LinkSettings settings) =>
        page.IncidentId is { Length: <= LongestId } id && settings.BaseUrl is { } here ? new Uri($"{Root(here)}/api/incidents/{Uri.EscapeDataString(id)}") : null;

    private static Uri? Confirm(Page page, string order, LinkSettings settings) =>
        page.IncidentId is { Length: <= LongestId } id && settings.BaseUrl is { } here ? new Uri($"{Root(here)}/api/confirm/{order}?incident={Uri.EscapeDataString(id)}") : null;

    private static (string Order, string Text)[] OrdersOf(PageKind kind) => kind switch
    {
        PageKind.Trigger or PageKind.Update => [("ack", "Take it over"), .. Steering],
        PageKind.Acknowledge => Steering,
        PageKind.Resolve => [],
        _ => throw new UnreachableException($"page kind {kind}"),
    };

    private static (string Order, string Text)[] Steering => [("hold", "Hold the recovery"), ("release", "Let it go on"), ("reset", "Give back to KEDA")];

    private static string Root(Uri here) => here.AbsoluteUri.TrimEnd('/');
}
