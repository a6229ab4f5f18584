namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>
/// The client that channels are meant to get. It follows no redirect (a page with its secret would go to an address that nobody
/// configured) and comes from no factory (whose logging writes addresses down).
/// </summary>
public static class PageHttp
{
    /// <param name="wrap">Stands between the client and the network; the sandbox slows its clock there.</param>
    public static HttpClient Create(Func<HttpMessageHandler, HttpMessageHandler>? wrap = null)
    {
        HttpMessageHandler network = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // A name that moves to another address is noticed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };

        // The pipeline has a timeout of its own, on the injected clock.
        return new HttpClient(wrap is null ? network : wrap(network)) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
