using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Paging;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>Once the host is up: can the channels be reached? Nobody is paged for it, and nothing waits for it.</summary>
public sealed partial class PagesAtStart(LatestChannelCheck check, IHostApplicationLifetime lifetime, ILogger<PagesAtStart> log) : IHostedService
{
    private Task _first = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => _first = LookAsync(lifetime.ApplicationStopping));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // That it was cut short at the end is no news.
        await _first.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        await check.LookAsync(cancel);
        foreach (var channel in check.Latest)
        {
            if (channel.Problem is { } problem)
                LogProblem(channel.Channel, problem);
            else
                LogReached(channel.Channel);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The channel {Channel}: {Problem}")]
    private partial void LogProblem(string channel, string problem);

    [LoggerMessage(2, LogLevel.Information, "The channel {Channel} can be reached; POST /api/pages/test sends a test page")]
    private partial void LogReached(string channel);
}
