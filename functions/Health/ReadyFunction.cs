using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Health;

/// <summary>Signals can be kept now.</summary>
public sealed class ReadyFunction(Door door, IStateStore store, OneLook<bool> look)
{
    [Function("Ready")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request, CancellationToken stop) =>
        door.OpenToAllAsync(request, stop, async (_, cancel) => await look.JoinAsync(IsReadyAsync, cancel)
            ? Answer.Of(new ProbeAnswer("ready"))
            : Answer.Of(new ProbeAnswer("not ready"), StatusCodes.Status503ServiceUnavailable));

    private async Task<bool> IsReadyAsync(CancellationToken cancel)
    {
        try
        {
            await store.LoadAsync(cancel);
            return true;
        }
        catch (Exception fault) when (fault is StoreUnavailableException or StoreContentException)
        {
            return false;
        }
    }
}
