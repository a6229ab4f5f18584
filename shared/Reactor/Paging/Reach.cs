using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>Whether somebody listens at an address, and speaks TLS with a certificate of that name: nothing is sent that could page anybody.</summary>
internal static class Reach
{
    /// <summary>Null when it can be reached, else why not.</summary>
    public static async Task<string?> OfAsync(Uri url, CancellationToken cancel)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(url.IdnHost, url.Port, cancel);
            if (url.Scheme != Uri.UriSchemeHttps) return null;
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.IdnHost }, cancel);
            return null;
        }
        catch (SocketException fault)
        {
            return $"{url.Host}:{url.Port} can't be reached ({fault.SocketErrorCode})";
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException)
        {
            return $"{url.Host}:{url.Port} speaks no TLS that can be trusted ({fault.GetType().Name})";
        }
    }
}
