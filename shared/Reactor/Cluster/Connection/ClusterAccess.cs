using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Which way to the API server the settings choose: a kubeconfig, an address, or this pod's own cluster.</summary>
public sealed class ClusterAccess
{
    private readonly Func<TimeProvider, LiveSecret, HttpClient> _connect;

    private ClusterAccess(string words, Func<TimeProvider, LiveSecret, HttpClient> connect)
    {
        Words = words;
        _connect = connect;
    }

    /// <summary>For the log: where, and as whom; no secret.</summary>
    public string Words { get; }

    /// <param name="time">The clock of tokens.</param>
    /// <param name="token">Kubernetes:Token as it is now; not asked where another way was chosen.</param>
    public HttpClient Connect(TimeProvider time, LiveSecret token) => _connect(time, token);

    /// <exception cref="SettingsException">The API server can't be reached like that.</exception>
    public static ClusterAccess Of(KubernetesSettings kubernetes)
    {
        try
        {
            return kubernetes.KubeConfig is { } kubeConfig ? ByKubeConfig(kubeConfig) : ByAddress(kubernetes);
        }
        catch (ClusterSettingException fault)
        {
            throw new SettingsException([new SettingsFault("Kubernetes", fault.Message, "a way to the API server that can be used")]);
        }
    }

    private static ClusterAccess ByKubeConfig(KubeConfig kubeConfig)
    {
        // Made now: an exec plugin that fails, or a wrong context, is a fault of the settings.
        var client = KubeConfigClient.Connect(kubeConfig);
        return new ClusterAccess($"{client.BaseAddress} by the kubeconfig {kubeConfig.File}", (_, _) => client);
    }

    private static ClusterAccess ByAddress(KubernetesSettings kubernetes)
    {
        if (kubernetes.Server is not { } server)
        {
            var pod = ClusterConnection.InCluster() ?? throw new ClusterSettingException("No Kubernetes:Server is set, no kubeconfig, and this is not a pod.");
            return new ClusterAccess($"{pod.Server} as this pod's service account", (time, _) => pod.Connect(time));
        }

        var connection = new ClusterConnection
        {
            Server = server,
            Token = kubernetes.Token,
            TokenFile = kubernetes.TokenFile,
            CaFile = kubernetes.CaFile,
            CaPem = kubernetes.CaPem,
            Identity = kubernetes.AzureIdentity is { } identity ? AzureIdentity.Of(identity) : null,
        };
        connection.Check();
        return new ClusterAccess($"{server}{(kubernetes.AzureIdentity is { } who ? $" as the Azure identity {who}" : "")}", (time, token) => (kubernetes.Token is null ? connection : connection with { Token = token }).Connect(time));
    }
}
