using System.Net;
using System.Net.Sockets;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>The name stands for nothing that may be connected to.</summary>
internal sealed class OutboundRefusedException(string message) : Exception(message);

/// <summary>Names → addresses.</summary>
public delegate Task<IPAddress[]> ResolveName(string host, CancellationToken cancel);

/// <summary>
/// Every connection of every channel is opened here. The rules are held against the address that is really connected to: a name that was
/// harmless when it was looked up before may stand for another address now.
/// </summary>
internal sealed class OutboundSocket(ResolveName? resolve = null)
{
    private readonly ResolveName resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <exception cref="OutboundRefusedException">No address of the name is allowed.</exception>
    /// <exception cref="SocketException">It does not answer, or there is no such name.</exception>
    public async Task<Stream> ConnectAsync(string host, int port, bool loopbackOnly, CancellationToken cancel)
    {
        var all = await resolve(host, cancel);
        var allowed = all.Where(address => !OutboundRules.IsForbidden(address) && (!loopbackOnly || IPAddress.IsLoopback(address))).ToList();
        if (all.Length > 0 && allowed.Count == 0)
            throw new OutboundRefusedException(loopbackOnly ? "it is not on this machine, and nothing unencrypted leaves it" : "it stands for a link-local or metadata address, where no page may go");
        var fault = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in allowed)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException refused)
            {
                socket.Dispose();
                fault = refused;
            }
            catch (OperationCanceledException)
            {
                socket.Dispose();
                throw;
            }
        }

        throw fault;
    }
}
