namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>
/// The client that channels are meant to get. It follows no redirect (a page with its secret would go to an address that nobody
/// configured) and comes from no factory (whose logging writes addresses down).
/// </summary>
public static class PageHttp
{
    public static HttpClient Create() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        // A name that moves to another address is noticed.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    });
}
