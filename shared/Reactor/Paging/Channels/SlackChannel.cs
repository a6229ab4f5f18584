using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>A Slack incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks</summary>
public sealed class SlackChannel : IPageChannel
{
    private readonly HttpClient http;
    private readonly LiveSecret webhook;
    private readonly LinkSettings links;
    private readonly WebhookCall call;

    public SlackChannel(HttpClient http, SlackSettings settings, LinkSettings? links = null)
    {
        webhook = settings.WebhookUrl;
        this.links = links ?? LinkSettings.None;
        this.http = http;
        UrlOf(webhook.Now!);
        call = new WebhookCall(http, (status, body) => status == 200 && body == "ok");
    }

    public string Name => "slack";

    /// <summary>Slack takes about one message a second.</summary>
    public TimeSpan MinimumSpacing => TimeSpan.FromSeconds(1);

    public object? Credential => webhook.Whole;

    /// <summary>HEAD, never a POST: it carries no message, so none can be posted. Slack answers it as it may, but a webhook that was taken back is not there.</summary>
    public async Task<string?> CheckAsync(CancellationToken cancel)
    {
        var url = UrlOf(webhook.Now!);
        return await Reach.OfAsync(url, cancel) ?? await Reach.AnswerOfAsync(http, url, cancel);
    }

    /// <summary>The webhook as it is now. 403 action_prohibited, 404 no_service or channel_not_found and 410 channel_is_archived may be mended by another one; a 400 is about the message.</summary>
    public Task<SendResult> SendAsync(Page page, CancellationToken cancel)
    {
        var url = UrlOf(webhook.Now!);
        return call.PostAsync(url, SlackMessage.Of(page, links), WebhookUrl.Secrets(url), cancel);
    }

    private static Uri UrlOf(Secret webhook) => WebhookUrl.Of(webhook, "Slack's WebhookUrl");
}
