using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Paging.Channels;

public sealed record PagerDutySettings
{
    /// <summary>The integration's key, 32 characters; two while it is being replaced. A secret.</summary>
    public required LiveSecret RoutingKey { get; init; }

    /// <summary>Accounts in the EU use https://events.eu.pagerduty.com/v2/enqueue.</summary>
    public Uri Url { get; init; } = new("https://events.pagerduty.com/v2/enqueue");

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"PagerDuty at {Url.Host}";
}
