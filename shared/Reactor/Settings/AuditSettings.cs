using Sophia.Keda.Reactor.Audit.EventGrid;
using Sophia.Keda.Reactor.Cluster;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>How the audit trail is kept and who else gets it.</summary>
/// <param name="EventGrid">Null: nobody.</param>
public sealed record AuditSettings(EventGridSettings? EventGrid)
{
    private const string Endpoint = "Audit:EventGrid:Endpoint";
    private const string Identity = "Audit:EventGrid:AzureIdentity";

    internal static AuditSettings Read(SettingsReader read, SecretSet secrets) => new(EventGridOf(read, secrets));

    private static EventGridSettings? EventGridOf(SettingsReader read, SecretSet secrets)
    {
        var (url, identity, key) = (read.Url(Endpoint), read.Text(Identity), secrets[SecretRule.EventGridKey]);
        if (url is null)
        {
            if (identity is not null || key is not null)
                read.Fault(Endpoint, "nothing, and a key or an identity for it", "the endpoint of a topic, or neither of the two");
            return null;
        }

        if (identity is null == key is null)
            read.Fault(Endpoint, identity is null ? "a topic without a proof" : $"a topic, {SecretRule.EventGridKey} and {Identity}", $"one of {SecretRule.EventGridKey} and {Identity}");
        if (identity is not (null or "system" or "default") && !Guid.TryParse(identity, out _))
            read.Fault(Identity, $"\"{identity}\"", "system | default | the client id of a user-assigned identity");
        return new EventGridSettings { Endpoint = url, Key = key, AzureIdentity = identity };
    }
}
