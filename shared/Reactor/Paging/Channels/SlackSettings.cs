using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Paging.Channels;

public sealed record SlackSettings
{
    /// <summary>The incoming webhook, an https address. A secret: whoever knows it may post.</summary>
    public required LiveSecret WebhookUrl { get; init; }

    /// <summary>Without the address, all of which may be the secret.</summary>
    public override string ToString() => "Slack by webhook";
}
