using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>A Slack incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks</summary>
public sealed class SlackChannel : IPageChannel
{
    private readonly LiveSecret webhook;
    private readonly WebhookCall call;

    public SlackChannel(HttpClient http, SlackSettings settings)
    {
        webhook = settings.WebhookUrl;
        foreach (var url in webhook.All) UrlOf(url);
        call = new WebhookCall(http, (status, body) => status == 200 && body == "ok");
    }

    public string Name => "slack";

    /// <summary>Slack takes about one message a second.</summary>
    public TimeSpan MinimumSpacing => TimeSpan.FromSeconds(1);

    public Task<string?> CheckAsync(CancellationToken cancel) => Reach.OfAsync(UrlOf(webhook.All[0]), cancel);

    /// <summary>Through the first webhook; where that one is gone or refused, through the one that it replaces.</summary>
    public async Task<SendResult> SendAsync(Page page, CancellationToken cancel)
    {
        var (message, webhooks) = (SlackMessage.Of(page), webhook.All);
        var first = await PostAsync(webhooks[0], message, cancel);
        if (webhooks.Length == 1 || !IsGone(first)) return first.Result;
        var second = (await PostAsync(webhooks[1], message, cancel)).Result;
        return second with { Detail = $"{second.Detail} (by the second webhook; the first answered {first.Result.Detail})" };
    }

    // 403 action_prohibited, 404 no_service or channel_not_found, 410 channel_is_archived. A 400 is about the message.
    private static bool IsGone(WebhookAnswer answer) => answer.Status is 403 or 404 or 410;

    private static Uri UrlOf(Secret webhook) => Uri.TryCreate(webhook.Reveal(), UriKind.Absolute, out var url)
        ? WebhookUrl.Require(url, "Slack's WebhookUrl")
        : throw new ArgumentException("Slack's WebhookUrl must be an https address (http only to this machine).", nameof(webhook));

    private Task<WebhookAnswer> PostAsync(Secret webhook, byte[] message, CancellationToken cancel)
    {
        var url = UrlOf(webhook);
        return call.PostAsync(url, message, WebhookUrl.Secrets(url), cancel);
    }
}
