using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;

namespace Sophia.Keda.Reactor.Functions.Orders;

/// <summary>A human stops an incident's recovery.</summary>
public sealed class HoldFunction(Door door, OrderDesk desk)
{
    [Function("Hold")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "incidents/{id}/hold")] HttpRequest request,
        string id,
        CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, (caller, cancel) => desk.TakeAsync(request, caller, id, IncidentOrderKind.Hold, cancel));
}
