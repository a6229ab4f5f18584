using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Pages;

public sealed record PageListed(
    string Id, string Channel, DeliveryState State, PageKind Kind, Severity Severity, string? Incident, string Title, DateTimeOffset At, int Attempts, DateTimeOffset? NextTry, string LastError);

/// <param name="Pages">Those that wait and those that were given up, in the order they were queued.</param>
/// <param name="Unheard">Ids of those that went through no channel at all.</param>
public sealed record PagesAnswer(ImmutableArray<PageListed> Pages, ImmutableArray<string> Unheard);

/// <summary>Pages that have not arrived: waiting for their next try, or dead.</summary>
public sealed class PagesFunction(Door door, IStateStore store, Policy policy, TimeProvider time)
{
    [Function("Pages")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "pages")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            var fields = new QueryFields(request, "state", "channel", "limit");
            var state = fields.Word<DeliveryState>("state");
            if (state == DeliveryState.Delivered)
                fields.Fault("state: delivered pages are not kept; GET /api/audit?kind=page tells of them; expected waiting | dead");
            var query = new PageQuery { State = state, Channel = fields.Line("channel"), Limit = (int)fields.Number("limit", 1, 1000, otherwise: 200) };
            if (fields.Problem is { } problem) return problem;
            var pages = await store.PagesAsync(query, cancel);
            var panel = (await store.LoadAsync(cancel)).Panel;
            return Answer.Of(new PagesAnswer([.. pages.Select(Of)], [.. Silence.Of(pages, policy.AlertChannels, panel, time.GetUtcNow()).Select(one => one.Page.Id)]));
        });

    private static PageListed Of(OutboxEntry entry) => new(
        entry.Page.Id, entry.Channel, entry.State, entry.Page.Kind, entry.Page.Severity, entry.Page.IncidentId, entry.Page.Title, entry.Page.At, entry.Attempts,
        entry.State == DeliveryState.Waiting ? entry.DueAt : null, entry.LastError);
}
