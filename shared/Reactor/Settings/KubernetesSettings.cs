using System.Collections.Immutable;
using System.Text;
using Sophia.Keda.Reactor.Cluster;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>How the API server is reached, and what of the cluster is looked at.</summary>
public sealed record KubernetesSettings
{
    private const string IdentityName = "Kubernetes:AzureIdentity";
    private const string KubeConfigName = "Kubernetes:KubeConfig";

    /// <summary>Null: by <see cref="KubeConfig"/>, else this pod's own cluster.</summary>
    public Uri? Server { get; init; }

    /// <summary>As it was at the start. Where it is used it is asked for anew: <see cref="LiveSecrets"/>.</summary>
    public Secret? Token { get; init; }

    public string? TokenFile { get; init; }

    public string? CaFile { get; init; }

    /// <summary>PEM text, given in base64 as a kubeconfig has it.</summary>
    public string? CaPem { get; init; }

    /// <summary>"system", "default", or the client id of a user-assigned identity.</summary>
    public string? AzureIdentity { get; init; }

    public KubeConfig? KubeConfig { get; init; }

    /// <summary>Namespaces whose ScaledObjects are targets; empty for all.</summary>
    public required ImmutableArray<string> Namespaces { get; init; }

    internal static KubernetesSettings Read(SettingsReader read, SecretSet secrets)
    {
        var kubernetes = new KubernetesSettings
        {
            Server = read.Url("Kubernetes:Server"),
            Token = secrets[SecretRule.KubernetesToken]?.First,
            TokenFile = read.ExistingFile("Kubernetes:TokenFile"),
            CaFile = read.ExistingFile("Kubernetes:CaFile"),
            CaPem = CaPemOf(read),
            AzureIdentity = IdentityOf(read),
            KubeConfig = KubeConfigOf(read),
            Namespaces = read.List("Kubernetes:Namespaces"),
        };
        CheckTogether(read, kubernetes);
        foreach (var name in kubernetes.Namespaces.Where(name => !Wire.KubernetesName.IsNamespace(name)))
            read.Fault("Kubernetes:Namespaces", $"\"{name}\"", "names of namespaces, comma separated; empty for all");
        return kubernetes;
    }

    private static void CheckTogether(SettingsReader read, KubernetesSettings kubernetes)
    {
        string[] proofs =
        [
            .. kubernetes.Token is null ? [] : new[] { "Kubernetes:Token" },
            .. kubernetes.TokenFile is null ? [] : new[] { "Kubernetes:TokenFile" },
            .. kubernetes.AzureIdentity is null ? [] : new[] { IdentityName },
        ];
        if (proofs.Length > 1)
            read.Fault(proofs[0], $"a value, and {string.Join(" and ", proofs[1..])} too", "only one of them");
        if (kubernetes.CaFile is not null && kubernetes.CaPem is not null)
            read.Fault("Kubernetes:CaFile", "a value, and Kubernetes:CaData too", "only one of the two");
        if (kubernetes.KubeConfig is not null && (kubernetes.Server is not null || kubernetes.CaFile is not null || kubernetes.CaPem is not null || proofs.Length > 0))
            read.Fault(KubeConfigName, "a value, and other settings of the way to the API server too", "the kubeconfig alone: it holds server, authority and proof");
        else if (kubernetes.Server is null && (kubernetes.CaFile is not null || kubernetes.CaPem is not null || proofs.Length > 0) && kubernetes.KubeConfig is null)
            read.Fault("Kubernetes:Server", "nothing, and other settings of the way to the API server", "the address of the API server; or none of them, in a pod or with a kubeconfig");
    }

    private static KubeConfig? KubeConfigOf(SettingsReader read)
    {
        var (path, context) = (read.ExistingFile(KubeConfigName), read.Text("Kubernetes:Context"));
        if (path is null)
        {
            if (context is not null) read.Fault("Kubernetes:Context", $"\"{context}\", without {KubeConfigName}", "both, or neither");
            return null;
        }

        return new KubeConfig(path, context);
    }

    private static string? IdentityOf(SettingsReader read)
    {
        if (read.Text(IdentityName) is not { } identity) return null;
        if (identity is not ("system" or "default") && !Guid.TryParse(identity, out _))
            read.Fault(IdentityName, $"\"{identity}\"", "system | default | the client id of a user-assigned identity");
        return identity;
    }

    private static string? CaPemOf(SettingsReader read)
    {
        if (read.Text("Kubernetes:CaData") is not { } text) return null;
        var bytes = new byte[text.Length];
        if (Convert.TryFromBase64String(text, bytes, out var length)) return Encoding.UTF8.GetString(bytes, 0, length);
        read.Fault("Kubernetes:CaData", "no base64", "the certificate authority as a kubeconfig has it in certificate-authority-data: PEM in base64");
        return null;
    }
}
