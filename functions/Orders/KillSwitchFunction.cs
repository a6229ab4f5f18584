using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Orders;

namespace Sophia.Keda.Reactor.Functions.Orders;

/// <summary>A human stops every write to the cluster at once, or lets them go on.</summary>
public sealed class KillSwitchFunction(Door door, OrderDesk desk)
{
    [Function("KillSwitch")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "kill-switch")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, (caller, cancel) => desk.TakeAsync(request, caller, OrderPayload.KillSwitch, cancel));
}
