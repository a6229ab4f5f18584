using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Orders;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Pages;

/// <param name="Page">The page's id.</param>
/// <param name="Channel">Where it goes.</param>
/// <param name="Resent">Whether it waits to be sent again.</param>
/// <param name="Because">Why not, or that nobody knows; empty when it does.</param>
public sealed record ResentPage(string Page, string Channel, bool Resent, string Because);

/// <param name="Recorded">Whether the audit trail is known to tell of them.</param>
public sealed record TestedPages(ImmutableArray<ChannelTest> Tests, bool Recorded);

/// <summary>What humans do with pages beside reading them.</summary>
public sealed class PageDesk(IStateStore store, PageChannels channels, TimeProvider time, RequestTime request, ILogger<PageDesk> log)
{
    private const int Most = 1_000;

    /// <summary>So that a test's answer names the channel that is slow before the request has lasted too long.</summary>
    private static readonly TimeSpan Patience = RequestTime.Longest - TimeSpan.FromSeconds(1);

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
            try
            {
                var again = await store.ResendAsync(entry.Page.Id, entry.Channel, time.GetUtcNow(), record, cancel);
                result.Add(new ResentPage(entry.Page.Id, entry.Channel, again, again ? "" : "it was delivered meanwhile"));
            }
            catch (Exception fault) when (fault is StoreUnavailableException or OperationCanceledException)
            {
                // What was done before it is done, and is to be told.
                log.LogWarning(fault, "Page {Page} to {Channel}: whether it is sent again is not known", entry.Page.Id, entry.Channel);
                result.Add(new ResentPage(entry.Page.Id, entry.Channel, false, fault is StoreUnavailableException { NothingKept: true }
                    ? "the store can't be used now" : "not known, the store did not answer: GET /api/pages says whether it waits"));
                break;
            }
        }

        return result.ToImmutable();
    }

    /// <summary>A test page, now, on these channels or on all. What was sent was sent, whether or not that can be recorded.</summary>
    public async Task<TestedPages> TestAsync(PagesOrder order, string actor, string cluster, string id, CancellationToken cancel)
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
        using var hurry = new CancellationTokenSource(Patience, request.Clock);
        var results = await channels.TestAsync(page, names, hurry.Token, cancel);
        try
        {
            await store.AppendAuditAsync(
                [.. results.Select(result => Record(Reason.PageTested, actor, $"Test page to {result.Channel}: {result.Status}, {result.Detail}. {order.By}: {order.Reason}", page, result.Channel))], cancel);
            return new TestedPages(results, Recorded: true);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or OperationCanceledException)
        {
            log.LogWarning(fault, "Whether the test page {Page} is in the audit trail is not known", page.Id);
            return new TestedPages(results, Recorded: false);
        }
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
