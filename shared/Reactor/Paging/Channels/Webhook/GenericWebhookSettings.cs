using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Paging.Channels.Webhook;

public sealed record GenericWebhookSettings
{
    /// <summary>An https address. A secret, since many carry a token.</summary>
    public required LiveSecret Url { get; init; }

    /// <summary>Signs what is sent. Null: unsigned. A secret.</summary>
    public LiveSecret? SigningKey { get; init; }

    /// <summary>Null: the whole page.</summary>
    public WebhookTemplate? Template { get; init; }

    /// <summary>Without the secrets.</summary>
    public override string ToString() => "a webhook";
}
