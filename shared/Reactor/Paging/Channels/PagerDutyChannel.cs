using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>PagerDuty's Events API v2: https://developer.pagerduty.com/docs/events-api-v2-overview</summary>
public sealed class PagerDutyChannel : IPageChannel
{
    private const int RoutingKeyLength = 32;

    private readonly LiveSecret routingKey;
    private readonly Uri url;
    private readonly LinkSettings links;
    private readonly WebhookCall call;

    public PagerDutyChannel(HttpClient http, PagerDutySettings settings, LinkSettings? links = null)
    {
        this.links = links ?? LinkSettings.None;
        routingKey = settings.RoutingKey;
        if (routingKey.All.Select(key => key.Reveal()).Any(key => key.Length != RoutingKeyLength || !key.All(char.IsAsciiLetterOrDigit)))
            throw new ArgumentException($"PagerDuty's RoutingKey must be the {RoutingKeyLength} letters and digits of an Events API v2 integration.", nameof(settings));
        url = OutboundRules.Require(settings.Url, "PagerDuty's Url");
        call = new WebhookCall(http, (status, _) => status == 202, IsAboutKey);
    }

    public string Name => "pagerduty";

    /// <summary>PagerDuty takes about 120 events a minute for one key.</summary>
    public TimeSpan MinimumSpacing => TimeSpan.FromSeconds(0.5);

    public bool KeepsOpen => true;

    public object? Credential => routingKey.Whole;

    public Task<string?> CheckAsync(CancellationToken cancel) => Reach.OfAsync(url, cancel);

    public Task<SendResult> SendAsync(Page page, CancellationToken cancel) => page.Kind is PageKind.Resolve or PageKind.Acknowledge
        ? CloseAsync(page, routingKey.All, cancel)
        : TriggerAsync(page, routingKey.All, cancel);

    /// <summary>
    /// With the first key that is accepted, so that people are paged once. A failure that may pass ends it: with another key, that trigger's
    /// repetition would open a second incident. (News of an incident that the old key opened open one under the new key: a page too many, not one too few.)
    /// </summary>
    private async Task<SendResult> TriggerAsync(Page page, ImmutableArray<Secret> keys, CancellationToken cancel)
    {
        var first = await PostAsync(page, keys[0], cancel);
        if (keys.Length == 1 || first.Status is not (SendStatus.Refused or SendStatus.Final)) return first;
        var second = await PostAsync(page, keys[1], cancel);
        return second with { Detail = $"{second.Detail} (with the second key; the first got {first.Detail})" };
    }

    /// <summary>
    /// A resolve, and an acknowledgement, with every key: only the one that opened an incident closes it, and nobody remembers which that was. It is
    /// dropped where nothing is open, so it does no harm, nor does repeating it. Done when one key was accepted and none may be accepted later: where a
    /// key is refused for good nothing of ours can be closed any more.
    /// </summary>
    private async Task<SendResult> CloseAsync(Page page, ImmutableArray<Secret> keys, CancellationToken cancel)
    {
        // Side by side: one that hangs must not cost the other its turn.
        var results = await Task.WhenAll(keys.Select(key => PostAsync(page, key, cancel)));
        if (results.Length == 1) return results[0];
        var status = results.Any(r => r.Status == SendStatus.Retry) ? SendStatus.Retry
            : results.Any(r => r.Status == SendStatus.Delivered) ? SendStatus.Delivered
            : results.Any(r => r.Status == SendStatus.Refused) ? SendStatus.Refused
            : SendStatus.Final;
        return new SendResult(status, string.Join("; ", results.Select((r, i) => $"{(i == 0 ? "first" : "second")} key: {r.Detail}")), results.Max(r => r.RetryAfter));
    }

    private async Task<SendResult> PostAsync(Page page, Secret key, CancellationToken cancel) =>
        await call.PostAsync(url, PagerDutyEvent.Of(page, key.Reveal(), links), [key.Reveal()], cancel);

    /// <summary>It says an unknown key as 400 with "Invalid routing key" or an error that names 'routing_key'.</summary>
    private static bool IsAboutKey(int status, string body) =>
        status == 400 && (body.Contains("routing key", StringComparison.OrdinalIgnoreCase) || body.Contains("routing_key", StringComparison.OrdinalIgnoreCase));
}
