using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>A page that no channel has taken for too long, or an incident whose pages no channel gets: nobody was told.</summary>
/// <param name="Page">The page, or what stands for those of the incident.</param>
/// <param name="Errors">What each channel answered last, without secrets.</param>
public sealed record Unheard(Page Page, string Errors);

/// <summary>Finds out when nothing gets through.</summary>
public static class Silence
{
    /// <summary>A page on its way for so long has missed its point.</summary>
    public static TimeSpan After { get; } = TimeSpan.FromMinutes(5);

    /// <summary>What is older is a matter for who reads the list of dead pages: that incident is known by now, one way or another.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(24);

    /// <summary>Pages that every one of their channels has refused for good or not taken in time, oldest first. Resolves call nobody.</summary>
    /// <param name="undelivered">Pages that wait or are dead, as the store lists them.</param>
    /// <param name="channels">Where a page goes that names no channels itself.</param>
    /// <param name="panel">Where open incidents are that no channel is told of: none that takes their pages is configured.</param>
    /// <param name="now">The time by which they are late.</param>
    public static ImmutableArray<Unheard> Of(ImmutableArray<OutboxEntry> undelivered, ImmutableArray<string> channels, Panel panel, DateTimeOffset now) =>
    [
        .. panel.Incidents.Values.Where(incident => incident.UnheardSince is not null).OrderBy(incident => incident.UnheardSince).Select(OfNobody),
        .. undelivered
            .Where(entry => entry.Page.Kind is PageKind.Trigger or PageKind.Update && now - entry.Page.At < Forgotten)
            .Where(entry => entry.State == DeliveryState.Dead || now - entry.Page.At >= After)
            .GroupBy(entry => entry.Page.Id, StringComparer.Ordinal)
            .Where(page => page.Select(entry => entry.Channel).Distinct(StringComparer.Ordinal).Count() >= Math.Max(1, page.First().Page.Channels?.Count ?? channels.Length))
            .OrderBy(page => page.Min(entry => entry.Sequence))
            .Select(page => new Unheard(page.First().Page, string.Join("; ", page.Select(entry => $"{entry.Channel}: {(entry.LastError.Length > 0 ? entry.LastError : "not tried yet")}")))),
    ];

    private static Unheard OfNobody(Incident incident)
    {
        var page = new Page
        {
            Id = $"{incident.DedupKey}/unheard",
            Kind = PageKind.Trigger,
            DedupKey = incident.DedupKey,
            IncidentId = incident.Id,
            Cluster = incident.Cluster,
            Severity = Severity.Critical,
            Cause = incident.Cause,
            At = incident.UnheardSince!.Value,
            Title = $"Incident {incident.Id}",
            Happened = $"{incident.Why}.",
        };
        return new Unheard(page, "no channel that takes its pages is configured");
    }
}
