using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Authentication;
using k8s.Exceptions;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>A client by a kubeconfig: contexts, exec plugins, client certificates and tokens as kubectl reads them.</summary>
public static class KubeConfigClient
{
    /// <summary>An exec plugin that asks a human, or hangs, must not hold up the start.</summary>
    private static readonly TimeSpan PluginTimeout = TimeSpan.FromSeconds(30);

    /// <exception cref="ClusterSettingException">The file or what it says can't be used.</exception>
    public static HttpClient Connect(KubeConfig from)
    {
        try
        {
            KubernetesClientConfiguration.ExecTimeout = PluginTimeout;
            var config = KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(from.File), from.Context);
            return Connect(config);
        }
        catch (Exception fault)
        {
            // Whatever is wrong here, the file is: the library meets a missing part with a NullReferenceException.
            var why = fault is NullReferenceException ? "a part that every kubeconfig has is missing" : fault.Message;
            throw new ClusterSettingException($"The kubeconfig '{from.File}'{Of(from.Context)} can't be used: {why}");
        }
    }

    private static HttpClient Connect(KubernetesClientConfiguration config)
    {
        var server = new Uri(config.Host);
        if (config.SkipTlsVerify && !server.IsLoopback)
            throw new ClusterSettingException($"insecure-skip-tls-verify is set for {server}; expected a certificate authority: a token would go to whoever answers.");
        new ClusterConnection { Server = server }.Check();

        SocketsHttpHandler? network = null;
        config.FirstMessageHandlerSetup = handler => ClusterConnection.Configure(network = handler);
        var credentials = Kubernetes.CreateCredentials(config);

        // The library adds credentials in its own calls only, not in its HttpClient.
        var client = new Kubernetes(config, new CredentialsHandler(credentials, config.TlsServerName));
        if (!config.SkipTlsVerify && config.SslCaCerts is { Count: > 0 } authorities)
            Trust(network!.SslOptions, authorities);
        client.HttpClient.BaseAddress = client.BaseUri;
        return ClusterConnection.Named(client.HttpClient);
    }

    /// <summary>
    /// The library's own check accepts a certificate of a private authority for any name (its callback looks at the chain only), so
    /// that any pod's certificate would do for the API server's. The platform's check looks at both.
    /// </summary>
    private static void Trust(SslClientAuthenticationOptions tls, X509Certificate2Collection authorities)
    {
        var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trusted.CustomTrustStore.AddRange(authorities);
        tls.RemoteCertificateValidationCallback = null;
        tls.CertificateChainPolicy = trusted;
    }

    private static string Of(string? context) => context is null ? "" : $" (context {context})";

    private sealed class CredentialsHandler(ServiceClientCredentials? credentials, string? host) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (host is not null)
                request.Headers.Host = host;
            if (credentials is not null)
                await AddAsync(credentials, request, cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }

        private static async Task AddAsync(ServiceClientCredentials credentials, HttpRequestMessage request, CancellationToken cancel)
        {
            try
            {
                await credentials.ProcessHttpRequestAsync(request, cancel);
            }
            catch (KubeConfigException fault)
            {
                throw new HttpRequestException(HttpRequestError.UserAuthenticationError, $"no credentials for the cluster: {fault.Message}", fault);
            }
        }
    }
}
