using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>A real HTTP server on this machine that keeps what it got and answers what a test says.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private Uri address = null!;

    private LoopbackServer(WebApplication app) => this.app = app;

    public Func<HttpContext, Task> Answer { get; set; } = context => AnswerAsync(context, 200, "ok");

    public ConcurrentQueue<Received> Requests { get; } = [];

    public static async Task<LoopbackServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new LoopbackServer(builder.Build());
        server.app.Run(server.HandleAsync);
        await server.app.StartAsync();
        server.address = new Uri(server.app.Urls.First());
        return server;
    }

    public Uri Url(string path) => new(address, path);

    public static Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        // Kestrel breaks the connection off when a 204 is written to, and the next request on it is lost.
        return body.Length == 0 ? Task.CompletedTask : context.Response.WriteAsync(body);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var received = new Received(context.Request.Path, context.Request.ContentType ?? "", await reader.ReadToEndAsync())
        {
            Method = context.Request.Method,
            Headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
        };
        Requests.Enqueue(received);
        context.Features.Set(received);
        await Answer(context);
    }
}

internal sealed record Received(string Path, string ContentType, string Body)
{
    public string Method { get; init; } = "";

    public Dictionary<string, string> Headers { get; init; } = [];
}
