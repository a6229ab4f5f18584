using System.Net;
using System.Net.Http.Headers;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Adds the bearer token. One from a file is read again every minute, as client-go does, and at once after a 401.</summary>
internal sealed class TokenHandler(string? token, string? file, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private volatile ReadToken? _read;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? await FromFileAsync(file!, cancellationToken));
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            _read = null;
        return response;
    }

    private async Task<string> FromFileAsync(string path, CancellationToken cancel)
    {
        // The age is what counts, not the file's time: a service account's token is a link whose own time never changes.
        if (_read is { } known && time.GetElapsedTime(known.At) < Period)
            return known.Token;

        try
        {
            var text = (await File.ReadAllTextAsync(path, cancel)).Trim();
            if (text.Length == 0)
                throw new IOException("it is empty");
            _read = new ReadToken(text, time.GetTimestamp());
            return text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HttpRequestException(HttpRequestError.UserAuthenticationError, $"token file '{path}' can't be read: {e.Message}", e);
        }
    }

    private sealed record ReadToken(string Token, long At);
}
