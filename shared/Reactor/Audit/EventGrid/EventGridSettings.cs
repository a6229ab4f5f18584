using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Audit.EventGrid;

/// <summary>The topic that gets every audit record.</summary>
public sealed record EventGridSettings
{
    /// <summary>Of a custom topic with the input schema CloudEvents v1.0, its path /api/events included.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>An access key of the topic. Null: by <see cref="AzureIdentity"/>.</summary>
    public LiveSecret? Key { get; init; }

    /// <summary>"system", "default", or the client id of a user-assigned identity, with the role EventGrid Data Sender on the topic.</summary>
    public string? AzureIdentity { get; init; }
}
