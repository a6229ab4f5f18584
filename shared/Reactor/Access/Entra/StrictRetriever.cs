using Microsoft.IdentityModel.Protocols;

namespace Sophia.Keda.Reactor.Access.Entra;

/// <summary>
/// Fetches the discovery document and the keys that it names: over https only (plain on loopback), without following redirects, and no more
/// than a document of that kind can be. The keys' address comes out of a document, so it is held to the same.
/// </summary>
internal sealed class StrictRetriever(HttpClient http) : IDocumentRetriever
{
    /// <summary>Entra's own has some 20 kB of keys.</summary>
    private const int LargestDocument = 512 * 1024;

    public static HttpClient Create(Func<HttpMessageHandler, HttpMessageHandler>? wrap = null)
    {
        var network = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        return new HttpClient(wrap is null ? network : wrap(network)) { MaxResponseContentBufferSize = LargestDocument, Timeout = TimeSpan.FromSeconds(5) };
    }

    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || !(url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback)))
            throw new HttpRequestException($"{address} is neither https nor loopback");
        return await http.GetStringAsync(url, cancel);
    }
}
