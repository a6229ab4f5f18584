using System.Net.Sockets;
using System.Text;

namespace Sophia.Keda.Reactor.Integration.Tests.Fakes;

/// <summary>A connection of its own whose request promises more than it sends.</summary>
internal sealed class Promise : IDisposable
{
    private readonly TcpClient connection = new();

    private Promise()
    {
    }

    /// <summary>The request's head with so many bytes promised, and as much of the body as is given.</summary>
    public static async Task<Promise> MakeAsync(Uri host, string method, string path, string? role, long promised, string sent)
    {
        var promise = new Promise();
        await promise.connection.ConnectAsync(host.Host, host.Port);
        var key = role is null ? "" : $"x-functions-key: {RunningHost.KeyOf(role)}\r\n";
        await promise.SendAsync($"{method} /api/{path} HTTP/1.1\r\nHost: {host.Authority}\r\n{key}X-Reactor-Order: 1\r\nContent-Type: application/json\r\nContent-Length: {promised}\r\n\r\n{sent}");
        return promise;
    }

    public async Task SendAsync(string more) => await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(more));

    /// <summary>The first line of the answer and all that follows it, as far as it has come with it.</summary>
    public async Task<string> AnswerAsync(TimeSpan within)
    {
        using var late = new CancellationTokenSource(within);
        var buffer = new byte[4096];
        var read = await connection.GetStream().ReadAsync(buffer, late.Token);
        return Encoding.ASCII.GetString(buffer, 0, read);
    }

    public void Dispose() => connection.Dispose();
}
