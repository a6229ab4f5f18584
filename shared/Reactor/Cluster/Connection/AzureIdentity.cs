using Azure.Core;
using Azure.Identity;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Tokens that an AKS cluster with Entra integration takes: of a managed identity, so that no secret lies anywhere, or of whoever is
/// logged in on a developer's machine.
/// </summary>
public static class AzureIdentity
{
    /// <summary>The AKS Entra server application, the same in every tenant.</summary>
    public const string AksServerScope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";

    private static readonly string[] Scopes = [AksServerScope];

    /// <param name="identity">"system", "default", or the client id of a user-assigned identity.</param>
    public static AskForToken Of(string identity) => From(CredentialOf(identity));

    /// <inheritdoc cref="Of"/>
    public static TokenCredential CredentialOf(string identity) => identity switch
    {
        "system" => new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned),
        "default" => new DefaultAzureCredential(),
        _ => new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(identity)),
    };

    public static AskForToken From(TokenCredential credential) => async cancel =>
    {
        var token = await credential.GetTokenAsync(new TokenRequestContext(Scopes), cancel);
        return new BearerToken(token.Token, token.ExpiresOn, token.RefreshOn);
    };
}
