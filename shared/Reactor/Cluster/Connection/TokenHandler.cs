using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Adds the bearer token. One from a file is read again every minute, as client-go does, and at once after a 401. Of two that are set the other is
/// tried when a 401 says that the request was not even looked at.
/// </summary>
internal sealed class TokenHandler(LiveSecret? tokens, string? file, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly TakenSecret? _tokens = tokens is null ? null : new TakenSecret(tokens);
    private volatile ReadToken? _read;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (_tokens is not null)
            return await WithOneOfAsync(_tokens.InOrder(), request, cancellationToken);

        var response = await WithAsync(await FromFileAsync(file!, cancellationToken), request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            _read = null;
        return response;
    }

    private async Task<HttpResponseMessage> WithOneOfAsync(ImmutableArray<Secret> inOrder, HttpRequestMessage request, CancellationToken cancel)
    {
        foreach (var token in inOrder[..^1])
        {
            var response = await WithAsync(token.Reveal(), request, cancel);
            if (response.StatusCode != HttpStatusCode.Unauthorized)
                return response;
            response.Dispose();
        }

        var last = await WithAsync(inOrder[^1].Reveal(), request, cancel);
        if (last.StatusCode != HttpStatusCode.Unauthorized)
            _tokens!.Took(inOrder[^1]);
        return last;
    }

    // Sent again as it is: our bodies lie in memory whole.
    private Task<HttpResponseMessage> WithAsync(string token, HttpRequestMessage request, CancellationToken cancel)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
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
