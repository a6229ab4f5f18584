using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>An API server by TLS that tells who called: the bearer token or the client certificate.</summary>
internal sealed class KubeServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private KubeServer(WebApplication started) => app = started;

    public string Address => app.Urls.Single();

    public static async Task<KubeServer> StartAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate, https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        })));
        var made = builder.Build();
        made.Run(context => context.Response.WriteAsync(string.Join('|',
            context.Request.Path,
            context.Request.Headers.Authorization.ToString(),
            context.Connection.ClientCertificate?.GetNameInfo(X509NameType.SimpleName, forIssuer: false) ?? "no certificate",
            context.Request.Headers.UserAgent.ToString().Split('/')[0],
            context.Request.Host.Host)));
        await made.StartAsync();
        return new KubeServer(made);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
