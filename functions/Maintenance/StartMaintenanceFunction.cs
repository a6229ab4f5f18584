using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Functions.Orders;
using Sophia.Keda.Reactor.Orders;

namespace Sophia.Keda.Reactor.Functions.Maintenance;

/// <summary>A human says: we are at work there, nothing is to move by itself.</summary>
public sealed class StartMaintenanceFunction(Door door, OrderDesk desk, Policy policy)
{
    [Function("StartMaintenance")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "maintenance")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, (caller, cancel) =>
            desk.TakeAsync(request, caller, (body, context) => OrderPayload.Maintenance(body, context, policy.LongestMaintenance), cancel));
}
