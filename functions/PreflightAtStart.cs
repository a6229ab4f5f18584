using Microsoft.Extensions.Hosting;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>Begins the first preflight once the host is up; nothing waits for it.</summary>
public sealed class PreflightAtStart(LoopAccess loop, IHostApplicationLifetime lifetime) : IHostedService
{
    private Task _first = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => _first = loop.Preflight(lifetime.ApplicationStopping));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // That it was cut short at the end is no news.
        await _first.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
