using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>
/// Stands for a channel that this instance has no settings for. No page is queued for one (<see cref="Policy.UnconfiguredChannels"/>); what was
/// queued while it had some, or by another instance that has them during a rollout, waits for that one, and is given up when nobody comes.
/// </summary>
internal sealed class UnconfiguredChannel(string name, TimeProvider time) : IPageChannel
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public string Name => name;

    public TimeSpan MinimumSpacing => TimeSpan.Zero;

    public Task<SendResult> SendAsync(Page page, CancellationToken cancel) => Task.FromResult(new SendResult(
        time.GetUtcNow() - page.At < Patience ? SendStatus.Retry : SendStatus.Final, $"channel '{name}' is not configured here any more"));
}
