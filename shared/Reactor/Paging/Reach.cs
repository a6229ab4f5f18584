using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Sophia.Keda.Reactor.Paging.Channels;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>What can be known of an address without paging anybody: whether somebody listens there, speaks TLS with a certificate of that name, and knows the address.</summary>
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

    /// <summary>By HEAD, which has no body and posts nothing. Null when the answer does not say that this address is unknown there: whether a page is taken only a page shows.</summary>
    public static async Task<string?> AnswerOfAsync(HttpClient http, Uri url, CancellationToken cancel)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, url);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            return (int)response.StatusCode is var status and (401 or 403 or 404 or 410) ? $"{url.Host} can be reached and answers {status}: the webhook URL may be revoked" : null;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return $"{url.Host}:{url.Port} takes connections and answers no request ({(fault as HttpRequestException)?.HttpRequestError ?? HttpRequestError.ResponseEnded})";
        }
    }
}
