namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Ways to a cluster that need packages of the azure set; in this set there are none.</summary>
internal static class MoreWays
{
    /// <summary>Why a kubeconfig can't be used in this build; null: it can.</summary>
    public static string? WhyNoKubeConfig => Expected;

    /// <summary>Why an Azure identity can't be used in this build; null: it can.</summary>
    public static string? WhyNoIdentity => Expected;

    private static string Expected => "a build with PackageSet=azure, or Kubernetes:Server with a token: this build (package set minimal) can't";

    public static HttpClient FromKubeConfig(KubeConfig config) => throw new ClusterSettingException($"A kubeconfig needs {Expected}.");

    public static AskForToken IdentityOf(string identity) => throw new ClusterSettingException($"An Azure identity needs {Expected}.");

    /// <summary>The same identity, for Azure's own clients.</summary>
    public static Azure.Core.TokenCredential CredentialOf(string identity) => throw new ClusterSettingException($"An Azure identity needs {Expected}.");
}
