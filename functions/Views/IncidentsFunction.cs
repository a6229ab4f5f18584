using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <summary>The latest closed ones first.</summary>
public sealed record IncidentsAnswer(ImmutableArray<IncidentView> Open, ImmutableArray<IncidentView> Closed);

/// <summary>Open incidents, and the latest closed ones.</summary>
public sealed class IncidentsFunction(Door door, IStateStore store)
{
    [Function("Incidents")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "incidents")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            var query = new QueryFields(request, "limit");
            var limit = (int)query.Number("limit", 0, 500, otherwise: 50);
            if (query.Problem is { } problem) return problem;
            var stored = await store.LoadAsync(cancel);
            var closed = limit == 0 ? [] : await store.ClosedIncidentsAsync(limit, cancel);
            return Answer.Of(new IncidentsAnswer(
                [.. stored.Panel.Incidents.Values.OrderBy(incident => incident.OpenedAt).Select(IncidentView.Of)],
                [.. closed.Where(incident => !stored.Panel.Incidents.ContainsKey(incident.Id)).Select(IncidentView.Of)]));
        });
}
