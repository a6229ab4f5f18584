using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Orders;

namespace Sophia.Keda.Reactor.Functions.Orders;

/// <summary>A human hands targets back to KEDA.</summary>
public sealed class ResetFunction(Door door, OrderDesk desk)
{
    [Function("Reset")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "breakers/reset")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, (caller, cancel) => desk.TakeAsync(request, caller, OrderPayload.Reset, cancel));
}
