using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>Once the host is up: can the channels be reached? Nobody is paged for it, and nothing waits for it. From then on a new secret sends at once what the old one was refused for.</summary>
public sealed partial class PagesAtStart(
    LatestChannelCheck check, LiveSecrets secrets, LoopAccess loop, IHostApplicationLifetime lifetime, ILogger<PagesAtStart> log) : IHostedService
{
    private Task _first = Task.CompletedTask;
    private Task _again = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => _first = LookAsync(lifetime.ApplicationStopping));
        secrets.Changed += SendAgain;
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        secrets.Changed -= SendAgain;
        // That it was cut short at the end is no news.
        await Task.WhenAll(_first, _again).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void SendAgain(object? sender, EventArgs e) => _again = SendAgainAsync(lifetime.ApplicationStopping);

    private async Task SendAgainAsync(CancellationToken cancel)
    {
        try
        {
            await loop.DeliverPages(cancel);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or OperationCanceledException)
        {
            // The timer sends them when the store is there, as all others.
        }
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

    [LoggerMessage(2, LogLevel.Information, "The host of channel {Channel} can be reached; whether it takes pages only a page shows: POST /api/pages/test")]
    private partial void LogReached(string channel);
}
