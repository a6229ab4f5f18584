namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>
/// The client that channels are meant to get. It follows no redirect (a page with its secret would go to an address that nobody
/// configured), connects by the rules of <see cref="OutboundRules"/> and comes from no factory (whose logging writes addresses down).
/// </summary>
public static class PageHttp
{
    /// <param name="wrap">Stands between the client and the network; the sandbox slows its clock there.</param>
    /// <param name="resolve">Null: the machine's DNS.</param>
    public static HttpClient Create(Func<HttpMessageHandler, HttpMessageHandler>? wrap = null, ResolveName? resolve = null)
    {
        var outbound = new OutboundSocket(resolve);
        HttpMessageHandler network = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // A name that moves to another address is noticed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = async (context, cancel) => await outbound.ConnectAsync(
                context.DnsEndPoint.Host, context.DnsEndPoint.Port, loopbackOnly: context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttp, cancel),
        };

        // The pipeline has a timeout of its own, on the injected clock.
        return new HttpClient(wrap is null ? network : wrap(network)) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
