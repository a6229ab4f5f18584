using Microsoft.Extensions.Logging;

namespace Sophia.Keda.Reactor.Functions.Timers;

/// <summary>The timed probe: looks, decides what is waiting, and finishes what earlier runs left.</summary>
public sealed class ReconcileFunction(LoopAccess loop, ILogger<ReconcileFunction> log)
{
    [Function("Reconcile")]
    public async Task Run([TimerTrigger("%Reconcile:Schedule%")] TimerInfo timer, CancellationToken cancel)
    {
        var report = await loop.Run(cancel);
        if (report.Problem.Length > 0) log.LogWarning("The run of {StartedAt:O}: {Problem}", report.StartedAt, report.Problem);
        if (report.Writes > 0)
            log.LogInformation("{Writes} writes, {Signals} signals in {Took}", report.Writes, report.Signals, report.Took);
        if (timer.IsPastDue) log.LogWarning("The timer was late");
    }
}
