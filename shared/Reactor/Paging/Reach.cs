using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Sophia.Keda.Reactor.Paging.Channels;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>Whether somebody listens at an address, and speaks TLS with a certificate of that name: nothing is sent that could page anybody.</summary>
internal static class Reach
{
    /// <summary>Null when it can be reached, else why not.</summary>
    public static async Task<string?> OfAsync(Uri url, CancellationToken cancel)
    {
        try
        {
            await using var stream = await new OutboundSocket().ConnectAsync(url.IdnHost, url.Port, loopbackOnly: url.Scheme != Uri.UriSchemeHttps, cancel);
            if (url.Scheme != Uri.UriSchemeHttps) return null;
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.IdnHost }, cancel);
            return null;
        }
        catch (SocketException fault)
        {
            return $"{url.Host}:{url.Port} can't be reached ({fault.SocketErrorCode})";
        }
        catch (OutboundRefusedException refused)
        {
            return $"{url.Host}:{url.Port} is not connected to: {refused.Message}";
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException)
        {
            return $"{url.Host}:{url.Port} speaks no TLS that can be trusted ({fault.GetType().Name})";
        }
    }
}
