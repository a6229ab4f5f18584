using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Orders;

namespace Sophia.Keda.Reactor.Functions.Orders;

/// <summary>A human moves targets to their fallback, or asks for more replicas of what is there.</summary>
public sealed class TripFunction(Door door, OrderDesk desk)
{
    [Function("Trip")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "breakers/trip")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, (caller, cancel) => desk.TakeAsync(request, caller, OrderPayload.Trip, cancel));
}
