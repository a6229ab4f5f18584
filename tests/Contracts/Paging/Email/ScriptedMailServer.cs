using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging.Email;

/// <summary>A mail server that misbehaves as a test says: by the first word of each line it gets ("" for the greeting).</summary>
internal sealed class ScriptedMailServer : IAsyncDisposable
{
    /// <summary>No answer, and the connection stays.</summary>
    public const string Silence = "";

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Func<string, string?> answer;
    private readonly Task serving;

    /// <param name="answer">Null: it hangs up.</param>
    public ScriptedMailServer(Func<string, string?> answer)
    {
        this.answer = answer;
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public ConcurrentQueue<string> Heard { get; } = [];

    public async ValueTask DisposeAsync()
    {
        // First no more is accepted: asking a listener that is stopped is a fault, not an end.
        await stop.CancelAsync();
        await serving;
        listener.Stop();
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptTcpClientAsync(stop.Token);
                await TalkAsync(connection.GetStream());
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or IOException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream);
        var (line, inData) = ("", false);
        while (line is not null)
        {
            if (!inData || line == ".")
            {
                var said = answer(line.Split(' ')[0].ToUpperInvariant());
                if (said is null) return;
                if (said.Length > 0) await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(said + "\r\n"), stop.Token);
                inData = said.StartsWith("354", StringComparison.Ordinal);
            }

            line = await reader.ReadLineAsync(stop.Token);
            if (line is not null) Heard.Enqueue(line);
        }
    }
}
