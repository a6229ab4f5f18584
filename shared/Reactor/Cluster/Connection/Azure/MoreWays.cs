namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Ways to a cluster that need packages of this set.</summary>
internal static class MoreWays
{
    /// <summary>Why a kubeconfig can't be used in this build; null: it can.</summary>
    public static string? WhyNoKubeConfig => null;

    /// <summary>Why an Azure identity can't be used in this build; null: it can.</summary>
    public static string? WhyNoIdentity => null;

    public static HttpClient FromKubeConfig(KubeConfig config) => KubeConfigClient.Connect(config);

    public static AskForToken IdentityOf(string identity) => AzureIdentity.Of(identity);

    /// <summary>The same identity, for Azure's own clients.</summary>
    public static Azure.Core.TokenCredential CredentialOf(string identity) => AzureIdentity.CredentialOf(identity);
}
