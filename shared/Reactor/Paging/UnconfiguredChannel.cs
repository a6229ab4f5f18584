using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>Stands for a channel that the policy lists and nobody configured: its pages end as dead, counted and audited, never in silence.</summary>
internal sealed class UnconfiguredChannel(string name) : IPageChannel
{
    public string Name => name;

    public TimeSpan MinimumSpacing => TimeSpan.Zero;

    public Task<SendResult> SendAsync(Page page, CancellationToken cancel) =>
        Task.FromResult(new SendResult(SendStatus.Final, $"channel '{name}' is listed in alert_channels and not configured here"));
}
