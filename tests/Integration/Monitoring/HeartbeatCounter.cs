using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sophia.Keda.Reactor.Integration.Tests.Monitoring;

/// <summary>The dead-man's check outside: it counts what arrives.</summary>
internal sealed class HeartbeatCounter : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _count;

    private HeartbeatCounter()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(context =>
        {
            Interlocked.Increment(ref _count);
            return context.Response.WriteAsync("OK");
        });
    }

    public Uri Url => new(new Uri(_app.Urls.First()), "heartbeat");

    public int Count => Volatile.Read(ref _count);

    public static async Task<HeartbeatCounter> StartAsync()
    {
        var counter = new HeartbeatCounter();
        await counter._app.StartAsync();
        return counter;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
