using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>Just enough of the protocol to look at a server from outside, without the client that is tested. Text is bytes, one for one.</summary>
internal sealed class RedisWire : IDisposable
{
    private readonly TcpClient client = new();
    private readonly BufferedStream stream;

    public RedisWire(int port)
    {
        client.Connect(IPAddress.Loopback, port);
        client.ReceiveTimeout = 10_000;
        stream = new BufferedStream(client.GetStream());
    }

    public object? Do(params string[] command)
    {
        var text = new StringBuilder($"*{command.Length}\r\n");
        foreach (var word in command)
            text.Append($"${Encoding.UTF8.GetByteCount(word)}\r\n").Append(word).Append("\r\n");
        stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
        stream.Flush();
        return Reply();
    }

    public void Dispose()
    {
        stream.Dispose();
        client.Dispose();
    }

    private object? Reply()
    {
        var line = Line();
        switch (line[0])
        {
            case '-':
                throw new InvalidOperationException(line[1..]);
            case ':':
                return long.Parse(line[1..]);
            case '$' when line != "$-1":
                var bytes = new byte[int.Parse(line[1..]) + 2];
                stream.ReadExactly(bytes);
                return Encoding.Latin1.GetString(bytes, 0, bytes.Length - 2);
            case '*' when line != "*-1":
                return Enumerable.Range(0, int.Parse(line[1..])).Select(_ => Reply()).ToArray();
            default:
                return line[0] == '+' ? line[1..] : null;
        }
    }

    private string Line()
    {
        var line = new StringBuilder();
        while (stream.ReadByte() is var read and not '\n')
        {
            if (read < 0) throw new IOException("The server hung up.");
            if (read != '\r') line.Append((char)read);
        }

        return line.ToString();
    }
}
