using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Schedules;
using Sophia.Keda.Reactor.Telemetry;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>
/// Fires one timer function in the injected time. It waits for a run to end before the next: ticks missed meanwhile become
/// one late run. A run that throws is logged and costs only itself.
/// </summary>
public sealed class TimerService(
    TimerFunction function, Schedule schedule, IServiceProvider services, TimeProvider time, ILogger log) : BackgroundService
{
    /// <summary>A timer of the runtime can't wait longer than 49 days.</summary>
    private static readonly TimeSpan LongestNap = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var due = schedule.After(time.GetUtcNow());
        while (await ReachedAsync(due, stoppingToken))
        {
            await FireAsync(pastDue: false, stoppingToken);
            due = schedule.After(due);
            if (due > time.GetUtcNow()) continue;
            await FireAsync(pastDue: true, stoppingToken);
            due = schedule.After(time.GetUtcNow());
        }
    }

    private async Task<bool> ReachedAsync(DateTimeOffset due, CancellationToken stop)
    {
        try
        {
            for (var left = due - time.GetUtcNow(); left > TimeSpan.Zero; left = due - time.GetUtcNow())
                await Task.Delay(left < LongestNap ? left : LongestNap, time, stop);
            return !stop.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task FireAsync(bool pastDue, CancellationToken stop)
    {
        if (stop.IsCancellationRequested) return;
        try
        {
            using var span = ReactorActivity.Start($"timer {function.Name}");
            await using var scope = services.CreateAsyncScope();
            await Invocation.TimerAsync(function, scope.ServiceProvider, new TimerInfo { IsPastDue = pastDue }, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.LogInformation("{Function} was stopped", function.Name);
        }
        catch (Exception fault)
        {
            log.LogError(fault, "{Function} failed; it runs again at its next time", function.Name);
        }
    }
}
