using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;

namespace Sophia.Keda.Reactor.Functions.Orders;

/// <summary>A human says: I have seen it.</summary>
public sealed class AckFunction(Door door, OrderDesk desk)
{
    [Function("Ack")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "incidents/{id}/ack")] HttpRequest request,
        string id,
        CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, (caller, cancel) => desk.TakeAsync(request, caller, id, IncidentOrderKind.Ack, cancel));
}
