using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>
/// Runs once the host is up, not only at the timer's next tick: a predecessor that was killed in the middle of a trip left targets without
/// any autoscaler. While its lease lasts, the run ends at once and comes back when that ends.
/// </summary>
public sealed partial class FirstRun(LoopAccess loop, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<FirstRun> log) : IHostedService
{
    /// <summary>Who asks whether it lives is answered first: a run beside it made a cold start a tenth longer (measured).</summary>
    private static readonly TimeSpan AfterTheFirstAnswer = TimeSpan.FromMilliseconds(500);

    private Task _first = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => _first = RunAsync(lifetime.ApplicationStopping));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _first;

    private async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            await Task.Delay(AfterTheFirstAnswer, time, cancel);
            var report = await loop.Run(cancel);
            if (report.TakenFor is { } wait)
                LogTaken(wait.TotalSeconds);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Told to stop before it had ended.
        }
        catch (Exception fault)
        {
            LogFault(fault);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Another instance has the lease for {Seconds:0.0} s; looked again when it ends")]
    private partial void LogTaken(double seconds);

    [LoggerMessage(2, LogLevel.Error, "The first run failed; the timer tries again")]
    private partial void LogFault(Exception fault);
}
