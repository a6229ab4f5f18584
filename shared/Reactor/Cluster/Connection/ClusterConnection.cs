using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>How the API server is reached.</summary>
public sealed record ClusterConnection
{
    /// <summary>Bound on connections: writes in parallel, and a few for the next look.</summary>
    private const int Connections = 24;

    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Address of the API server; a path in it (a proxy's) is kept.</summary>
    public required Uri Server { get; init; }

    /// <summary>The bearer token. At most one of this and <see cref="TokenFile"/>.</summary>
    public LiveSecret? Token { get; init; }

    /// <summary>A file with the bearer token, read again as it changes: tokens of service accounts last about an hour.</summary>
    public string? TokenFile { get; init; }

    /// <summary>PEM file with the certificates to trust instead of the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>The same as text, where there is no file to put it in. At most one of this and <see cref="CaFile"/>.</summary>
    public string? CaPem { get; init; }

    /// <summary>Tokens of this process' own identity. Instead of <see cref="Token"/> and <see cref="TokenFile"/>.</summary>
    public AskForToken? Identity { get; init; }

    /// <summary>True: http is taken for hosts other than this one. A token would cross the network in the open.</summary>
    public bool AllowPlainHttp { get; init; }

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
        if (Identity is not null)
            handler = new IdentityTokenHandler(Identity, time, handler);

        return Named(new HttpClient(handler)
        {
            // Requests are relative to it, and without the last slash a proxy's path would be dropped.
            BaseAddress = Server.AbsoluteUri.EndsWith('/') ? Server : new Uri(Server.AbsoluteUri + "/"),

            // Every request has a timeout of its own, on our clock.
            Timeout = Timeout.InfiniteTimeSpan,
        });
    }

    /// <summary>The client says who it is, and what it reads.</summary>
    public static HttpClient Named(HttpClient client)
    {
        client.DefaultRequestHeaders.UserAgent.Clear();
        client.DefaultRequestHeaders.UserAgent.ParseAdd($"{Core.Annotations.Manager}/{Wire.BuildVersion.Number}");
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
        if (Identity is not null && (Token is not null || TokenFile is not null))
            throw new ClusterSettingException("Both an identity and a token are set; expected one of them.");
        if (CaFile is not null && !File.Exists(CaFile))
            throw new ClusterSettingException($"The cluster's CA file '{CaFile}' does not exist.");
        if (CaFile is not null && CaPem is not null)
            throw new ClusterSettingException("Both a CA file and CA data are set; expected one of them.");
        _ = Authorities();
    }

    /// <summary>What every way to the API server has in common.</summary>
    internal static void Configure(SocketsHttpHandler handler)
    {
        // A redirect would carry the token to another host.
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.AutomaticDecompression = DecompressionMethods.All;
        handler.MaxConnectionsPerServer = Connections;

        // Behind a load balancer an old connection may lead to a server that is gone.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
    }

    private SocketsHttpHandler Sockets()
    {
        var handler = new SocketsHttpHandler();
        Configure(handler);
        if (Authorities() is { } authorities)
        {
            var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trusted.CustomTrustStore.AddRange(authorities);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trusted };
        }

        return handler;
    }

    /// <summary>Whom to trust instead of the system's authorities; null: the system's.</summary>
    private X509Certificate2Collection? Authorities()
    {
        if (CaFile is null && CaPem is null)
            return null;
        var found = new X509Certificate2Collection();
        try
        {
            if (CaFile is not null)
                found.ImportFromPemFile(CaFile);
            else
                found.ImportFromPem(CaPem);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ClusterSettingException($"The cluster's CA {(CaFile is null ? "data" : $"file '{CaFile}'")} can't be read: {fault.Message}");
        }

        return found.Count > 0 ? found : throw new ClusterSettingException("The cluster's CA holds no certificate; expected PEM.");
    }
}

/// <summary>A setting of the connection can't be used; the message says which and why.</summary>
public sealed class ClusterSettingException(string message) : Exception(message);
