using Sophia.Keda.Reactor.Audit;

namespace Sophia.Keda.Reactor.Functions.Timers;

/// <summary>
/// Sends what is due: pages, the retried ones too, and the audit trail, which it seals and prunes first. One timer, since each costs an
/// instance of its own on Flex Consumption; side by side, since neither may wait for the other or fall with it.
/// </summary>
public sealed class DeliverFunction(LoopAccess loop, AuditKeeper audit)
{
    [Function("Deliver")]
    public async Task Run([TimerTrigger("%Pages:Schedule%")] TimerInfo timer, CancellationToken cancel)
    {
        var both = Task.WhenAll(loop.DeliverPages(cancel), audit.RunAsync(cancel));
        await both.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // To await them would tell the first fault only.
        if (both.Exception is { InnerExceptions.Count: > 1 } faults) throw faults;
        await both;
    }
}
