using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Health;

/// <param name="Orders">Whether orders and alerts can be kept and decided now.</param>
public sealed record ReadyAnswer(string Status, bool Orders, string? Because = null);

/// <summary>
/// Callers can be answered here. A store that can't be used is said and is no reason to say no: every instance has the same one, and without any of
/// them behind the Service there would be neither views nor a kill switch, and no 503 that says why.
/// </summary>
public sealed class ReadyFunction(Door door, LoopAccess loop, IStateStore store, RequestTime time, OneLook<bool> look)
{
    /// <summary>Well within the time that a probe has.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    [Function("Ready")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request, CancellationToken stop) =>
        door.OpenToAllAsync(request, stop, async (_, cancel) => Answer.Of(await look.JoinAsync(StoreWorksAsync, cancel)
            ? new ReadyAnswer("ready", Orders: true)
            : new ReadyAnswer("ready", Orders: false, "the store can't be used: alerts and orders are answered 503; GET /api/health says why")));

    private async Task<bool> StoreWorksAsync(CancellationToken cancel)
    {
        if (loop.LastRun() is { StoreDown: true }) return false;
        try
        {
            await store.LoadAsync(cancel).WaitAsync(Patience, time.Clock, cancel);
            return true;
        }
        catch (Exception fault) when (fault is StoreUnavailableException or TimeoutException)
        {
            return false;
        }
    }
}
