using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Functions.Orders;
using Sophia.Keda.Reactor.Orders;

namespace Sophia.Keda.Reactor.Functions.Maintenance;

/// <summary>A human says: we are done before the time.</summary>
public sealed class EndMaintenanceFunction(Door door, OrderDesk desk)
{
    [Function("EndMaintenance")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "maintenance/{id}/end")] HttpRequest request,
        string id,
        CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, (caller, cancel) =>
            desk.TakeAsync(request, caller, (body, context) => OrderPayload.MaintenanceEnd(body, id, context), cancel));
}
