using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Who may send by a token of Microsoft Entra instead of a key. Null: nobody, and nothing is asked of anyone.</summary>
/// <param name="Tenant">The tenant's id, lower case: it stands in the issuer of its tokens.</param>
/// <param name="Audiences">Of our own app registration: its application id, its App ID URI, or both.</param>
/// <param name="Senders">Application ids that may send, lower case.</param>
/// <param name="Authority">Ends with a slash.</param>
public sealed record EntraSettings(string Tenant, ImmutableArray<string> Audiences, ImmutableArray<string> Senders, Uri Authority)
{
    private const string TenantName = "Entra:Tenant";
    private const string AudienceName = "Entra:Audience";
    private const string SendersName = "Entra:Senders";
    private const string AuthorityName = "Entra:Authority";

    internal static EntraSettings? Read(SettingsReader read)
    {
        var (tenant, audiences, senders, authority) = (read.Text(TenantName), read.List(AudienceName), read.List(SendersName), read.Url(AuthorityName));
        if (tenant is null && audiences.IsEmpty && senders.IsEmpty && authority is null) return null;
        if (tenant is null || !Guid.TryParse(tenant, out _))
            read.Fault(TenantName, tenant is null ? "nothing, and other settings of Entra" : $"\"{tenant}\"", "the tenant's id, as in 00000000-0000-0000-0000-000000000000");
        if (audiences.IsEmpty)
            read.Fault(AudienceName, "nothing, and other settings of Entra", "the application id or App ID URI of this reactor's app registration, or both, comma separated");
        if (senders.IsEmpty)
            read.Fault(SendersName, "nothing, and other settings of Entra", "application ids that may send, comma separated");
        foreach (var sender in senders.Where(id => !Guid.TryParse(id, out _)))
            read.Fault(SendersName, $"\"{sender}\"", "application ids, as in 00000000-0000-0000-0000-000000000000");
        if (authority is { Query.Length: > 0 } or { Fragment.Length: > 0 } or { UserInfo.Length: > 0 })
            read.Fault(AuthorityName, "a URL with a query, a fragment or a user", "an address such as https://login.microsoftonline.com/");
        return new EntraSettings(
            tenant?.ToLowerInvariant() ?? "",
            audiences,
            [.. senders.Select(id => id.ToLowerInvariant())],
            WithSlash(authority ?? new Uri("https://login.microsoftonline.com/")));
    }

    private static Uri WithSlash(Uri url) => url.AbsolutePath.EndsWith('/') ? url : new Uri(url.AbsoluteUri + "/");
}
