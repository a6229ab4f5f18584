using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>One way to reach people. It sends once and says how that ended; only the pipeline retries.</summary>
public interface IPageChannel
{
    /// <summary>The name that the policy's alert_channels lists ("slack").</summary>
    string Name { get; }

    /// <summary>The least time between two sends that the other side likes; zero when it does not mind.</summary>
    TimeSpan MinimumSpacing { get; }

    /// <summary>True when a trigger stays open on the other side until a resolve: a test page must not stay so.</summary>
    bool KeepsOpen => false;

    /// <summary>What the other side lets us in by, to compare only: a page that it refused is tried again at once when this is another. Null: nothing.</summary>
    object? Credential => null;

    /// <summary>
    /// Looks whether the other side could be reached, without waking anybody: null when it could, else what is wrong, without secrets. May
    /// throw only when cancelled.
    /// </summary>
    Task<string?> CheckAsync(CancellationToken cancel) => Task.FromResult<string?>(null);

    /// <summary>May throw only when cancelled: whatever the outside world does is a <see cref="SendResult"/>.</summary>
    Task<SendResult> SendAsync(Page page, CancellationToken cancel);
}

public enum SendStatus
{
    Delivered,

    /// <summary>May go through later.</summary>
    Retry,

    /// <summary>Will not go through as it is, but another secret may cure it: tried for a while, and again when the secret changes.</summary>
    Refused,

    /// <summary>Will never go through as it is.</summary>
    Final,
}

/// <param name="Status">How it ended.</param>
/// <param name="Detail">The answer in words, without secrets.</param>
/// <param name="RetryAfter">How long the channel asked us to wait, when it did.</param>
public sealed record SendResult(SendStatus Status, string Detail, TimeSpan? RetryAfter = null);
