using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Orders;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Pages;

/// <param name="Page">The page's id.</param>
/// <param name="Channel">Where it goes.</param>
/// <param name="Resent">Whether it will be sent again.</param>
/// <param name="Because">Why not; empty when it will.</param>
public sealed record ResentPage(string Page, string Channel, bool Resent, string Because);

/// <summary>What humans do with pages beside reading them.</summary>
public sealed class PageDesk(IStateStore store, PageChannels channels, TimeProvider time)
{
    private const int Most = 1_000;

    public IEnumerable<string> Channels => channels.Names;

    /// <summary>One page, or every dead one of a channel, or every dead one.</summary>
    public async Task<ImmutableArray<ResentPage>> ResendAsync(PagesOrder order, string actor, CancellationToken cancel)
    {
        var listed = await store.PagesAsync(new PageQuery { State = order.Page is null ? DeliveryState.Dead : null, Channel = order.Channel, Limit = Most }, cancel);
        var open = (await store.LoadAsync(cancel)).Panel;
        var result = ImmutableArray.CreateBuilder<ResentPage>();
        foreach (var entry in listed.Where(entry => order.Page is null || entry.Page.Id == order.Page))
        {
            if (WouldStayOpen(entry, open))
            {
                result.Add(new ResentPage(entry.Page.Id, entry.Channel, false, "what it tells of is over: this would open an incident there that nobody resolves"));
                continue;
            }

            var record = Record(Reason.PageResent, actor, $"Sent again to {entry.Channel}: \"{entry.Page.Title}\". {order.By}: {order.Reason}", entry.Page, entry.Channel);
            var again = await store.ResendAsync(entry.Page.Id, entry.Channel, time.GetUtcNow(), record, cancel);
            result.Add(new ResentPage(entry.Page.Id, entry.Channel, again, again ? "" : "it was delivered meanwhile"));
        }

        return result.ToImmutable();
    }

    /// <summary>A test page, now, on these channels or on all.</summary>
    public async Task<ImmutableArray<ChannelTest>> TestAsync(PagesOrder order, string actor, string cluster, string id, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var page = new Page
        {
            Id = $"sophia-keda-reactor/{cluster}/test/{id}",
            Kind = PageKind.Trigger,
            DedupKey = $"sophia-keda-reactor/{cluster}/test/{id}",
            Cluster = cluster,
            Severity = Severity.Info,
            At = now,
            Title = "Test page: nothing happened",
            Happened = $"{order.By} asked for it: {order.Reason}.",
            Did = "Nothing was changed.",
            Next = "Nothing.",
            YouMay = "Nothing has to be done: it shows that pages arrive here.",
        };
        var names = order.Channel is { } one ? [one] : channels.Names.ToImmutableArray();
        var results = await channels.TestAsync(page, names, cancel);
        await store.AppendAuditAsync(
            [.. results.Select(result => Record(Reason.PageTested, actor, $"Test page to {result.Channel}: {result.Status}, {result.Detail}. {order.By}: {order.Reason}", page, result.Channel))], cancel);
        return results;
    }

    private bool WouldStayOpen(OutboxEntry entry, Panel panel) =>
        entry.Page.Kind is PageKind.Trigger or PageKind.Update
        && channels.KeepsOpen(entry.Channel)
        && !panel.Incidents.Values.Any(incident => incident.DedupKey == entry.Page.DedupKey)
        && !panel.Notices.Values.Any(notice => notice.DedupKey == entry.Page.DedupKey);

    private AuditRecord Record(Reason reason, string actor, string text, Page page, string channel) => new()
    {
        At = time.GetUtcNow(),
        Kind = AuditKind.Order,
        Reason = reason,
        Actor = actor,
        IncidentId = page.IncidentId,
        Text = text,
        Facts = ImmutableSortedDictionary<string, string>.Empty.Add("page", page.Id).Add("channel", channel),
    };
}
