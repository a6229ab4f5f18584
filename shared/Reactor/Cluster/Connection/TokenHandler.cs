using System.Net;
using System.Net.Http.Headers;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Adds the bearer token: the one of the settings as it is at this request, or one from a file, which is read again every minute, as client-go
/// does, and at once after a 401.
/// </summary>
internal sealed class TokenHandler(LiveSecret? token, string? file, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private volatile ReadToken? _read;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (token?.Now is { } set)
            return await WithAsync(set.Reveal(), request, cancellationToken);

        var response = await WithAsync(await FromFileAsync(file!, cancellationToken), request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            _read = null;
        return response;
    }

    private Task<HttpResponseMessage> WithAsync(string bearer, HttpRequestMessage request, CancellationToken cancel)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return base.SendAsync(request, cancel);
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
