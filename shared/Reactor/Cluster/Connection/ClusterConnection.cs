using System.Net;
using System.Net.Security;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>How the API server is reached.</summary>
public sealed record ClusterConnection
{
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Address of the API server; a path in it (a proxy's) is kept.</summary>
    public required Uri Server { get; init; }

    /// <summary>The bearer token; two while it is being replaced. At most one of this and <see cref="TokenFile"/>.</summary>
    public LiveSecret? Token { get; init; }

    /// <summary>A file with the bearer token, read again as it changes: tokens of service accounts last about an hour.</summary>
    public string? TokenFile { get; init; }

    /// <summary>PEM file with the certificates to trust instead of the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>True: http is taken for hosts other than this one. A token would cross the network in the open.</summary>
    public bool AllowPlainHttp { get; init; }

    /// <summary>Bound on connections: writes in parallel, and a few for the next look.</summary>
    public int Connections { get; init; } = 24;

    /// <summary>The settings of a pod's service account, or null outside a cluster.</summary>
    public static ClusterConnection? InCluster()
    {
        var host = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST");
        var port = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT") ?? "443";
        if (string.IsNullOrEmpty(host) || !File.Exists($"{ServiceAccount}/token"))
            return null;

        return new ClusterConnection
        {
            Server = new Uri($"https://{(host.Contains(':') ? $"[{host}]" : host)}:{port}"),
            TokenFile = $"{ServiceAccount}/token",
            CaFile = $"{ServiceAccount}/ca.crt",
        };
    }

    /// <summary>A client for this server. A given handler stands for the network; the token is added all the same.</summary>
    /// <exception cref="ClusterSettingException">A setting is wrong; the message says which.</exception>
    public HttpClient Connect(TimeProvider time, HttpMessageHandler? network = null)
    {
        Check();
        var handler = network ?? Sockets();
        if (Token is not null || TokenFile is not null)
            handler = new TokenHandler(Token, TokenFile, time, handler);

        var client = new HttpClient(handler)
        {
            // Requests are relative to it, and without the last slash a proxy's path would be dropped.
            BaseAddress = Server.AbsoluteUri.EndsWith('/') ? Server : new Uri(Server.AbsoluteUri + "/"),

            // Every request has a timeout of its own, on our clock.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd($"{Core.Annotations.Manager}/{Version()}");
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        return client;
    }

    /// <exception cref="ClusterSettingException">A setting is wrong; the message says which.</exception>
    public void Check()
    {
        if (!Server.IsAbsoluteUri || Server.Scheme is not ("http" or "https") || Server.Query.Length > 0 || Server.UserInfo.Length > 0)
            throw new ClusterSettingException($"The cluster's server is '{Server}'; expected an http(s) address without query or user.");
        if (Server.Scheme == "http" && !Server.IsLoopback && !AllowPlainHttp)
            throw new ClusterSettingException($"The cluster's server is '{Server}'; expected https, since the host is not this one.");
        if (Token is not null && TokenFile is not null)
            throw new ClusterSettingException("Both a token and a token file are set; expected one of them.");
        if (Token is not null && (Token.Now is null || Token.All.Any(token => token.Reveal().Length == 0 || token.Reveal().Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))))
            throw new ClusterSettingException("The cluster's token is empty or has white space in it.");
        if (CaFile is not null && !File.Exists(CaFile))
            throw new ClusterSettingException($"The cluster's CA file '{CaFile}' does not exist.");
    }

    private SocketsHttpHandler Sockets()
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect would carry the token to another host.
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            MaxConnectionsPerServer = Connections,

            // Behind a load balancer an old connection may lead to a server that is gone.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (CaFile is not null)
        {
            var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trusted.CustomTrustStore.ImportFromPemFile(CaFile);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trusted };
        }

        return handler;
    }

    private static string Version() =>
        typeof(ClusterConnection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}

/// <summary>A setting of the connection can't be used; the message says which and why.</summary>
public sealed class ClusterSettingException(string message) : Exception(message);
