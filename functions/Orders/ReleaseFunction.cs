using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;

namespace Sophia.Keda.Reactor.Functions.Orders;

/// <summary>A human lets an incident's recovery go on.</summary>
public sealed class ReleaseFunction(Door door, OrderDesk desk)
{
    [Function("Release")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "incidents/{id}/release")] HttpRequest request,
        string id,
        CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, (caller, cancel) => desk.TakeAsync(request, caller, id, IncidentOrderKind.Release, cancel));
}
