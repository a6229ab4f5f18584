using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Something that people were paged about under one dedup key.</summary>
/// <param name="DedupKey">Of all its pages.</param>
/// <param name="IncidentId">Null for a notice.</param>
/// <param name="Cause">Null for a notice that has none.</param>
/// <param name="Title">In the words that it was paged with.</param>
/// <param name="Channels">That were told; null for all.</param>
public sealed record PagedMatter(string DedupKey, string? IncidentId, Cause? Cause, string Title, ImmutableSortedSet<string>? Channels)
{
    /// <summary>What a panel knows to be open, by dedup key.</summary>
    public static ImmutableDictionary<string, PagedMatter> OpenIn(Panel panel) => panel.Incidents.Values
        .Where(incident => incident.Pages > 0)
        .Select(i => new PagedMatter(i.DedupKey, i.Id, i.Cause, IncidentPages.Title(i.Cause), panel.PagedOn.GetValueOrDefault(i.DedupKey)))
        .Concat(panel.Notices.Values.Select(n => new PagedMatter(n.DedupKey, null, n.Cause, n.Title, panel.PagedOn.GetValueOrDefault(n.DedupKey))))
        .ToImmutableDictionary(what => what.DedupKey);

    /// <summary>Whoever was told of it is not known.</summary>
    public static PagedMatter Of(Incident incident) => new(incident.DedupKey, incident.Id, incident.Cause, IncidentPages.Title(incident.Cause), Channels: null);

    public static PagedMatter Of(Page page) => new(
        page.DedupKey,
        page.IncidentId,
        page.Cause,
        page is { IncidentId: not null, Cause: { } cause } ? IncidentPages.Title(cause) : page.Title,
        page.Channels);
}

/// <summary>
/// Pages that go out again, because whether they arrived is not known any more, end in the latest state of what they tell of: a trigger that
/// arrives after its resolve opens an incident at PagerDuty that nobody would close.
/// </summary>
internal static class Resending
{
    /// <param name="panel">To go on from.</param>
    /// <param name="again">Pages to queue again, in order.</param>
    /// <param name="series">Of new pages: the panel's, or one that begins now.</param>
    /// <param name="told">What else people may have been told of: it is over for them too when the panel does not know it as open.</param>
    public static (Panel Panel, ImmutableArray<Page> Pages) ToLatest(
        Panel panel, ImmutableArray<Page> again, string series, IEnumerable<PagedMatter> told, Policy policy, DateTimeOffset now)
    {
        var open = PagedMatter.OpenIn(panel);
        var before = panel;
        panel = panel with { PageSeries = series };

        // What is open has no end yet: one instance's resolve may be of a later time than the panel, which goes through that end once more.
        var pages = again.Where(page => page.Kind != PageKind.Resolve || !open.ContainsKey(page.DedupKey)).ToList();
        var last = pages.GroupBy(page => page.DedupKey).ToDictionary(key => key.Key, key => key.Last());
        foreach (var what in Told(pages, told))
        {
            if (open.ContainsKey(what.DedupKey))
            {
                if (last.TryGetValue(what.DedupKey, out var latest) && panel.Incidents.GetValueOrDefault(what.IncidentId ?? "") is { } incident
                    && latest.Id != before.PageId(incident.DedupKey, incident.Pages))
                {
                    incident = incident with { Pages = incident.Pages + 1 };
                    panel = panel with { Incidents = panel.Incidents.SetItem(incident.Id, incident) };
                    pages.Add(Standing(panel, incident, what, policy, now));
                }
            }
            else if (!last.TryGetValue(what.DedupKey, out var latest) || !IsEnd(latest))
            {
                pages.Add(Ended(what, policy, now));
            }
        }

        return (panel, [.. pages]);
    }

    /// <summary>The end of one that goes on under another's page.</summary>
    public static Page GoesOn(PagedMatter what, Incident theirs, string happened, DateTimeOffset now) => Resolve(what, "goes-on", theirs.Cluster, now) with
    {
        Title = $"Goes on as {theirs.Id}",
        Happened = happened,
        Did = $"The targets go on in incident {theirs.Id}, with its page.",
    };

    /// <summary>An end without its words. Its id is no number: the store may hold a page of that number already.</summary>
    public static Page Resolve(PagedMatter what, string id, string cluster, DateTimeOffset now) => new()
    {
        Id = $"{what.DedupKey}#{id}",
        Kind = PageKind.Resolve,
        DedupKey = what.DedupKey,
        IncidentId = what.IncidentId,
        Cluster = cluster,
        Severity = Severity.Info,
        Cause = what.Cause,
        At = now,
        Title = "",
        Happened = "",
        Next = "Nothing under this page.",
        Channels = what.Channels,
    };

    private static List<PagedMatter> Told(List<Page> pages, IEnumerable<PagedMatter> told) =>
    [
        .. pages.Select(PagedMatter.Of)
            .Concat(told)
            .GroupBy(what => what.DedupKey)
            .Select(same => same.First() with
            {
                // One that went to all outweighs those that went to some.
                Channels = same.Any(what => what.Channels is null) ? null : same.Aggregate(ImmutableSortedSet<string>.Empty, (all, what) => all.Union(what.Channels!)),
            }),
    ];

    /// <summary>Where clear_alert is not asked for, an update tells the end.</summary>
    private static bool IsEnd(Page page) =>
        page.Kind == PageKind.Resolve || (page.Kind == PageKind.Update && page.Title.StartsWith(IncidentPages.Over, StringComparison.Ordinal));

    private static Page Ended(PagedMatter what, Policy policy, DateTimeOffset now) => Resolve(what, $"ended-{now.UtcDateTime:yyyyMMddTHHmmss}", policy.Cluster, now) with
    {
        Kind = what.IncidentId is null || policy.OnRecovery.Contains(RecoveryAction.ClearAlert) ? PageKind.Resolve : PageKind.Update,
        Title = what.Title.StartsWith(IncidentPages.Over, StringComparison.Ordinal) ? what.Title : IncidentPages.Over + what.Title,
        Happened = "Nothing is open under this page any more. The store could not be used for a time, or lost what it held: older pages of it may come, or come again, only now.",
        Did = "Nothing was changed in the cluster for this.",
        Next = "Nothing.",
    };

    private static Page Standing(Panel panel, Incident incident, PagedMatter what, Policy policy, DateTimeOffset now)
    {
        var (words, at) = NextStep.Of(panel, incident, policy, now);
        return new Page
        {
            Id = panel.PageId(incident.DedupKey, incident.Pages),
            Kind = incident.AcknowledgedBy is null ? PageKind.Update : PageKind.Acknowledge,
            DedupKey = incident.DedupKey,
            IncidentId = incident.Id,
            Cluster = incident.Cluster,
            Severity = IncidentPages.SeverityOf(incident.Cause),
            Cause = incident.Cause,
            At = now,
            Title = $"{IncidentPages.Title(incident.Cause)}: as it stands now",
            Happened = $"{incident.Why}. The store lost what it held last, so pages may arrive twice; this is the latest."
                + (incident.AcknowledgedBy is { } by ? $" Acknowledged by {by}." : ""),
            Did = "Nothing was changed in the cluster for this.",
            Next = words + ".",
            NextAt = at,
            YouMay = $"See where each target stands: GET /api/incidents/{incident.Id}",
            Channels = what.Channels,
        };
    }
}
