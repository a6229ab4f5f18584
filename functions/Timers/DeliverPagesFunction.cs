namespace Sophia.Keda.Reactor.Functions.Timers;

/// <summary>Sends pages that are due, the retried ones too.</summary>
public sealed class DeliverPagesFunction(LoopAccess loop)
{
    [Function("DeliverPages")]
    public Task Run([TimerTrigger("%Pages:Schedule%")] TimerInfo timer, CancellationToken cancel) => loop.DeliverPages(cancel);
}
