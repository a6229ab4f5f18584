using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>What one call of the pipeline did, for logs and metrics.</summary>
public sealed record DeliveryReport(ImmutableArray<DeliveryAttempt> Attempts)
{
    public int Delivered => Attempts.Count(attempt => attempt.Status == SendStatus.Delivered);

    /// <summary>Will be tried again.</summary>
    public int Retried => Attempts.Count(attempt => attempt.Status is SendStatus.Retry or SendStatus.Refused);

    /// <summary>Given up.</summary>
    public int Dead => Attempts.Count(attempt => attempt.Status == SendStatus.Final);
}

/// <param name="Channel">The channel by name.</param>
/// <param name="PageId">The page.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Detail">The answer in words, without secrets.</param>
/// <param name="Took">How long the channel took.</param>
public sealed record DeliveryAttempt(string Channel, string PageId, SendStatus Status, string Detail, TimeSpan Took);
