namespace Sophia.Keda.Reactor.Paging.Channels;

public sealed record PagerDutySettings
{
    /// <summary>The integration's key, 32 characters. A secret.</summary>
    public required string RoutingKey { get; init; }

    /// <summary>Accounts in the EU use https://events.eu.pagerduty.com/v2/enqueue.</summary>
    public Uri Url { get; init; } = new("https://events.pagerduty.com/v2/enqueue");

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"PagerDuty at {Url.Host}";
}
