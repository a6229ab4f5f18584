using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Health;

/// <summary>Signals can be kept now.</summary>
public sealed class ReadyFunction(Door door, IStateStore store)
{
    [Function("Ready")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request, CancellationToken stop) =>
        door.OpenToAllAsync(request, stop, async (_, cancel) =>
        {
            try
            {
                await store.LoadAsync(cancel);
                return Answer.Of(new ProbeAnswer("ready"));
            }
            catch (Exception fault) when (fault is StoreUnavailableException or StoreContentException)
            {
                return Answer.Of(new ProbeAnswer("not ready"), StatusCodes.Status503ServiceUnavailable);
            }
        });
}
