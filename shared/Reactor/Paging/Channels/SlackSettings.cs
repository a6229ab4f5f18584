namespace Sophia.Keda.Reactor.Paging.Channels;

public sealed record SlackSettings
{
    /// <summary>The incoming webhook. A secret: whoever knows it may post.</summary>
    public required Uri WebhookUrl { get; init; }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"Slack at {WebhookUrl.Host}";
}
