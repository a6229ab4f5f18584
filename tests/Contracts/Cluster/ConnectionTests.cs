using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class ConnectionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("reactor-connection").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("http://10.0.0.1:8080", "expected https")]
    [InlineData("ftp://localhost", "expected an http(s) address")]
    [InlineData("https://user:pass@host", "without query or user")]
    [InlineData("https://host/?x=1", "without query or user")]
    public void An_address_that_is_not_safe_is_refused(string server, string words) =>
        Assert.Contains(words, Refused(new ClusterConnection { Server = new Uri(server) }));

    [Fact]
    public void Settings_that_contradict_or_are_missing_are_refused()
    {
        var plain = new ClusterConnection { Server = new Uri("https://host") };

        Assert.Contains("Both", Refused(plain with { Token = "a", TokenFile = "b" }));
        Assert.Contains("white space", Refused(plain with { Token = "a b" }));
        Assert.Contains("does not exist", Refused(plain with { CaFile = "/nowhere/ca.crt" }));
        Assert.Contains("no certificate", Refused(plain with { CaPem = "hello" }));
        Assert.Contains("can't be read", Refused(plain with { CaPem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" }));
        Assert.Contains("an identity and a token", Refused(plain with { Token = "a", Identity = _ => throw new NotSupportedException() }));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8001", false, "http://127.0.0.1:8001/")]
    [InlineData("http://10.0.0.1", true, "http://10.0.0.1/")]
    [InlineData("https://rancher/k8s/clusters/c-1", false, "https://rancher/k8s/clusters/c-1/")]
    public void A_proxys_path_is_kept_and_plain_http_is_taken_where_it_is_safe_or_wanted(string server, bool allow, string expected)
    {
        using var client = new ClusterConnection { Server = new Uri(server), AllowPlainHttp = allow }.Connect(TimeProvider.System);

        Assert.Equal(new Uri(expected), client.BaseAddress);
        Assert.StartsWith("sophia-keda-reactor/", client.DefaultRequestHeaders.UserAgent.ToString());
    }

    [Fact]
    public async Task A_token_file_is_read_again_after_a_minute_and_at_once_after_a_401()
    {
        var file = Path.Combine(_folder, "token");
        var time = new ManualTime();
        var network = new Recorder();
        using var client = new ClusterConnection { Server = new Uri("https://host"), TokenFile = file }.Connect(time, network);

        await File.WriteAllTextAsync(file, "one\n");
        await client.GetAsync("x");
        await File.WriteAllTextAsync(file, "two");
        await client.GetAsync("x");
        time.Advance(TimeSpan.FromMinutes(1));
        await client.GetAsync("x");
        await File.WriteAllTextAsync(file, "three");
        network.Status = HttpStatusCode.Unauthorized;
        await client.GetAsync("x");
        await client.GetAsync("x");

        Assert.Equal(["Bearer one", "Bearer one", "Bearer two", "Bearer two", "Bearer three"], network.Tokens);
    }

    [Fact]
    public async Task A_token_file_that_is_gone_is_told_and_nothing_is_sent()
    {
        var network = new Recorder();
        using var client = new ClusterConnection { Server = new Uri("https://host"), TokenFile = Path.Combine(_folder, "none") }.Connect(TimeProvider.System, network);
        var cluster = new ClusterClient(client, new Policy(), new ClusterSettings(), TimeProvider.System, () => 0);

        var result = await cluster.ObserveAsync(CancellationToken.None);

        Assert.Contains("token file", result.Problem);
        Assert.Empty(network.Tokens);
    }

    [Fact]
    public async Task A_closed_port_is_a_failure_and_not_a_lost_reply()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var client = new ClusterConnection { Server = new Uri($"http://127.0.0.1:{port}") }.Connect(TimeProvider.System);
        var cluster = new ClusterClient(client, new Policy(), new ClusterSettings(), TimeProvider.System, () => 0);

        var outcomes = await cluster.ActAsync([Make.Chain(Make.Delete())], _ => true, CancellationToken.None);

        Assert.Equal(Outcome.Failed, Assert.Single(outcomes).Outcome);
    }

    [Fact]
    public async Task Only_a_server_that_the_CA_file_vouches_for_is_talked_to()
    {
        using var certificates = new Certificates();
        await using var app = await ServeAsync(certificates.Server());
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        using var others = new Certificates();
        Assert.Equal("real words", (await DeleteAsync(address, certificates)).Detail);
        var refused = await DeleteAsync(address, others);
        Assert.Equal((Outcome.Failed, null), (refused.Outcome, refused.Status));
    }

    [Fact]
    public async Task A_redirect_is_never_followed()
    {
        using var certificates = new Certificates();
        await using var app = await ServeAsync(certificates.Server());
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        Assert.Equal((Outcome.Refused, 307), await DeleteAsync(address, certificates, "moved") is var o ? (o.Outcome, o.Status) : default);
    }

    private static async Task<WebApplication> ServeAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
        var app = builder.Build();
        app.Run(async context =>
        {
            if (context.Request.Path.Value!.EndsWith("moved", StringComparison.Ordinal))
            {
                context.Response.Redirect("/elsewhere", permanent: false, preserveMethod: true);
                return;
            }

            context.Response.StatusCode = 403;
            await context.Response.WriteAsync(FakeApi.Status("real words"));
        });
        await app.StartAsync();
        return app;
    }

    [Fact]
    public async Task The_authority_may_be_given_as_text_and_must_then_vouch_for_this_very_name()
    {
        using var certificates = new Certificates();
        await using var right = await ServeAsync(certificates.Server());
        await using var wrong = await ServeAsync(certificates.ServerElsewhere());
        var connection = new ClusterConnection { Server = new Uri(right.Urls.Single()), CaPem = certificates.AuthorityPem, Token = "t" };

        using var client = connection.Connect(TimeProvider.System);
        using var elsewhere = (connection with { Server = new Uri(wrong.Urls.Single()) }).Connect(TimeProvider.System);

        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("x")).StatusCode);
        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => elsewhere.GetAsync("x"));
        Assert.Equal(HttpRequestError.SecureConnectionError, fault.HttpRequestError);
    }

    private async Task<WriteOutcome> DeleteAsync(string address, Certificates authority, string name = "keda-hpa-work")
    {
        var file = Path.Combine(_folder, $"{authority.Authority.SerialNumber}.pem");
        await File.WriteAllTextAsync(file, authority.AuthorityPem);
        using var client = new ClusterConnection { Server = new Uri(address), CaFile = file, Token = "t" }.Connect(TimeProvider.System);
        var cluster = new ClusterClient(client, new Policy(), new ClusterSettings(), TimeProvider.System, () => 0);
        return Assert.Single(await cluster.ActAsync([Make.Chain(Make.Delete(name))], _ => true, CancellationToken.None));
    }

    private static string Refused(ClusterConnection connection) =>
        Assert.Throws<ClusterSettingException>(() => connection.Connect(TimeProvider.System)).Message;

    private sealed class Recorder : HttpMessageHandler
    {
        public List<string> Tokens { get; } = [];

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Tokens.Add(request.Headers.Authorization!.ToString());
            return Task.FromResult(new HttpResponseMessage(Status));
        }
    }
}
