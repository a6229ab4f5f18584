namespace Sophia.Keda.Reactor.Paging;

/// <summary>How patiently pages are delivered.</summary>
public sealed record DeliverySettings
{
    /// <summary>The wait after the first failed attempt; doubled with each further one.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A channel that asks for a longer wait than this is asked again all the same: one odd header must not silence the pager.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Pages fetched at once for each channel.</summary>
    public int Batch { get; init; } = 50;
}
