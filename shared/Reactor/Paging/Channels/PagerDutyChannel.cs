using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>PagerDuty's Events API v2: https://developer.pagerduty.com/docs/events-api-v2-overview</summary>
public sealed class PagerDutyChannel : IPageChannel
{
    private const int RoutingKeyLength = 32;

    private readonly string routingKey;
    private readonly WebhookCall call;

    public PagerDutyChannel(HttpClient http, PagerDutySettings settings)
    {
        routingKey = settings.RoutingKey.Trim();
        if (routingKey.Length != RoutingKeyLength || !routingKey.All(char.IsAsciiLetterOrDigit))
            throw new ArgumentException($"PagerDuty's RoutingKey must be the {RoutingKeyLength} letters and digits of an Events API v2 integration.", nameof(settings));
        var url = WebhookUrl.Require(settings.Url, "PagerDuty's Url");
        call = new WebhookCall(http, url, (status, _) => status == 202, [routingKey]);
    }

    public string Name => "pagerduty";

    /// <summary>PagerDuty takes about 120 events a minute for one key.</summary>
    public TimeSpan MinimumSpacing => TimeSpan.FromSeconds(0.5);

    public Task<SendResult> SendAsync(Page page, CancellationToken cancel) => call.PostAsync(PagerDutyEvent.Of(page, routingKey), cancel);
}
