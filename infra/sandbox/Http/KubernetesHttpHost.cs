using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Http;

/// <summary>The sandbox cluster behind real HTTP on loopback, moving with the given clock.</summary>
public sealed class KubernetesHttpHost : IAsyncDisposable
{
    private const string Bearer = "Bearer ";
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(5);
    private readonly WebApplication _app;
    private readonly TimeProvider _time;
    private readonly KubernetesApi _api;
    private readonly SandboxAdmin _admin;
    private readonly string? _token;
    private readonly ITimer _ticker;
    private readonly CancellationTokenSource _stopping = new();

    private KubernetesHttpHost(SandboxCluster cluster, TimeProvider time, int port, string? bearerToken, TimeProvider ticking)
    {
        Cluster = cluster;
        _time = time;
        _token = bearerToken;
        _api = new KubernetesApi(cluster);
        _admin = new SandboxAdmin(cluster);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l => l.Protocols = HttpProtocols.Http1));
        _app = builder.Build();
        _app.Run(Answer);
        _ticker = ticking.CreateTimer(_ => Tick(), null, TickEvery, TickEvery);
    }

    public SandboxCluster Cluster { get; }

    /// <summary>Where it listens, known after the start.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Says of a bearer token whether it is known now, instead of the one of the start: tokens are replaced while a server runs.</summary>
    public Func<string, bool>? Knows { get; set; }

    /// <summary>Called at the start and at the end of each API request: a clock that runs fast can slow down meanwhile.</summary>
    public Action<ApiRequest>? RequestStarted { get; set; }

    public Action<ApiRequest, int>? RequestEnded { get; set; }

    /// <summary>
    /// Starts listening on 127.0.0.1; port 0 takes a free one. The time is the cluster's; the ticker that moves the cluster
    /// runs by the machine's clock, every five milliseconds.
    /// </summary>
    public static async Task<KubernetesHttpHost> StartAsync(SandboxCluster cluster, TimeProvider time, int port = 0, string? bearerToken = null)
    {
        var host = new KubernetesHttpHost(cluster, time, port, bearerToken, TimeProvider.System);
        try
        {
            await host._app.StartAsync();
        }
        catch (IOException e)
        {
            await host.DisposeAsync();
            throw new InvalidOperationException($"The sandbox cannot listen on 127.0.0.1:{port}: the port is in use. Choose another one (--cluster-port N), or stop what listens there.", e);
        }

        host.Address = new Uri(host._app.Urls.First());
        return host;
    }

    /// <summary>Everything that reads or changes the cluster from outside goes through here, one at a time, at the present time.</summary>
    public T Look<T>(Func<SandboxCluster, T> look)
    {
        lock (Cluster.Gate)
        {
            Cluster.Advance(_time.GetUtcNow());
            return look(Cluster);
        }
    }

    public void Change(Action<SandboxCluster> change) => Look(c =>
    {
        change(c);
        return 0;
    });

    public async ValueTask DisposeAsync()
    {
        await _ticker.DisposeAsync();
        await _stopping.CancelAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private void Tick()
    {
        // A tick that comes while another one works is not needed.
        if (!Cluster.Gate.TryEnter())
            return;
        try
        {
            Cluster.Advance(_time.GetUtcNow());
        }
        finally
        {
            Cluster.Gate.Exit();
        }
    }

    private async Task Answer(HttpContext context)
    {
        var request = await Read(context.Request);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        if (request.Path.StartsWith("/sandbox/", StringComparison.Ordinal))
        {
            await Send(context.Response, Look(_ => _admin.Handle(request)), cut.Token);
            return;
        }

        if (!(Knows?.Invoke(request.Token) ?? (_token is null || request.Token == _token)))
        {
            await Send(context.Response, ApiException.Unauthorized().Response(), cut.Token);
            return;
        }

        RequestStarted?.Invoke(request);
        var status = 0;
        try
        {
            var response = Look(_ => _api.Handle(request));
            status = response.Status;
            if (response.Delay > TimeSpan.Zero)
                await Task.Delay(response.Delay, _time, cut.Token);
            if (response.Ending == ApiEnding.Hang)
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, cut.Token);
            else if (response.Ending == ApiEnding.Reset)
                context.Abort();
            else if (response.Watch is not null)
                await WatchStream.Run(context.Response, response, this, cut.Token);
            else
                await Send(context.Response, response, cut.Token);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
        finally
        {
            RequestEnded?.Invoke(request, status);
        }
    }

    private static async Task<ApiRequest> Read(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return new ApiRequest(
            request.Method,
            request.Path.Value ?? "/",
            ApiRequest.ParseQuery(request.QueryString.Value ?? ""),
            request.ContentType ?? "",
            request.Headers.Accept.ToString(),
            body.ToArray())
        {
            UserAgent = request.Headers.UserAgent.ToString(),
            Token = request.Headers.Authorization.ToString() is { } sent && sent.StartsWith(Bearer, StringComparison.Ordinal) ? sent[Bearer.Length..] : "",
        };
    }

    private static async Task Send(HttpResponse to, ApiResponse response, CancellationToken cancellation)
    {
        to.StatusCode = response.Status;
        to.ContentType = response.ContentType;
        to.ContentLength = response.Body.Length;
        foreach (var (name, value) in response.Headers)
            to.Headers.Append(name, value);
        if (!HttpMethods.IsHead(to.HttpContext.Request.Method))
            await to.Body.WriteAsync(response.Body, cancellation);
    }
}
