using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Messaging;
using Azure.Messaging.EventGrid;
using Sophia.Keda.Reactor.Cluster;

namespace Sophia.Keda.Reactor.Audit.EventGrid;

/// <summary>Sends one batch to the topic, once: only the feed tries again, from the place that the store keeps.</summary>
public sealed class AuditTopic
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly EventGridSettings settings;
    private readonly AzureKeyCredential key = new("none yet");
    private readonly EventGridPublisherClient client;

    /// <param name="settings">Where the topic is.</param>
    /// <param name="http">It must follow no redirect: the key would go along.</param>
    public AuditTopic(EventGridSettings settings, HttpClient http)
    {
        this.settings = settings;
        var options = new EventGridPublisherClientOptions { Transport = new HttpClientTransport(http) };
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = Longest;
        options.Diagnostics.IsLoggingContentEnabled = false;
        client = settings.AzureIdentity is { } identity
            ? new EventGridPublisherClient(settings.Endpoint, AzureIdentity.CredentialOf(identity), options)
            : new EventGridPublisherClient(settings.Endpoint, key, options);
    }

    /// <exception cref="RequestFailedException">Not taken, or not reached (status 0).</exception>
    public async Task SendAsync(IReadOnlyList<CloudEvent> events, CancellationToken cancel)
    {
        if (settings.Key?.Now is { } now) key.Update(now.Reveal());
        await client.SendEventsAsync(events, cancel);
    }
}
