using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>A Slack incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks</summary>
public sealed class SlackChannel : IPageChannel
{
    private readonly WebhookCall call;

    public SlackChannel(HttpClient http, SlackSettings settings)
    {
        var url = WebhookUrl.Require(settings.WebhookUrl, "Slack's WebhookUrl");
        call = new WebhookCall(http, url, (status, body) => status == 200 && body == "ok", WebhookUrl.Secrets(url));
    }

    public string Name => "slack";

    /// <summary>Slack takes about one message a second.</summary>
    public TimeSpan MinimumSpacing => TimeSpan.FromSeconds(1);

    public Task<SendResult> SendAsync(Page page, CancellationToken cancel) => call.PostAsync(SlackMessage.Of(page), cancel);
}
