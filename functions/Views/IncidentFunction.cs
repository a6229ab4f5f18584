using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <summary>One incident, open or closed.</summary>
public sealed class IncidentFunction(Door door, IStateStore store)
{
    [Function("Incident")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "incidents/{id}")] HttpRequest request,
        string id,
        CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            if (new QueryFields(request).Problem is { } problem) return problem;
            var stored = await store.LoadAsync(cancel);
            var incident = stored.Panel.Incidents.GetValueOrDefault(id) ?? await store.ClosedIncidentAsync(id, cancel);
            return incident is null
                ? new Problem(new Refusal(404, "Unknown incident", $"There is no incident {Text.Clean(id, 100)}, open or closed."))
                : Answer.Of(IncidentView.Of(incident));
        });
}
