using System.Net;
using System.Net.Http.Headers;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Adds a token of this process' identity, renewed well before it expires. A provider that fails costs nothing while the token at
/// hand is still valid: a trip must not wait for Entra.
/// </summary>
internal sealed class IdentityTokenHandler(AskForToken ask, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>A request under way, and two clocks that differ, must not meet the end.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>A provider that failed is left in peace for so long.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _one = new(1);
    private volatile Held? _held;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var held = await CurrentAsync(cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", held.Token.Token);
        var response = await base.SendAsync(request, cancellationToken);

        // Revoked, or the cluster's clock is ahead: the next request asks for a new one. A provider that is away leaves us this one.
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            Interlocked.CompareExchange(ref _held, held with { RenewAt = DateTimeOffset.MinValue }, held);
        return response;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _one.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<Held> CurrentAsync(CancellationToken cancel)
    {
        if (_held is { } fresh && time.GetUtcNow() < fresh.RenewAt)
            return fresh;
        await _one.WaitAsync(cancel);
        try
        {
            return _held is { } meanwhile && time.GetUtcNow() < meanwhile.RenewAt ? meanwhile : _held = await RenewAsync(_held, cancel);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<Held> RenewAsync(Held? old, CancellationToken cancel)
    {
        try
        {
            var token = await ask(cancel);
            var now = time.GetUtcNow();
            if (token.Token.Length == 0 || token.ExpiresOn <= now)
                throw new HttpRequestException(HttpRequestError.UserAuthenticationError, "the identity provider gave no token that is valid now");
            var wanted = token.ExpiresOn - Ahead;
            return new Held(token, Later(now + Pause, token.RefreshOn < wanted ? token.RefreshOn.Value : wanted));
        }
        catch (Exception) when (old is not null && time.GetUtcNow() < old.Token.ExpiresOn && !cancel.IsCancellationRequested)
        {
            return old with { RenewAt = Earlier(time.GetUtcNow() + Pause, old.Token.ExpiresOn) };
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or HttpRequestException))
        {
            // One kind of fault for the caller: the cluster can't be reached, and why.
            throw new HttpRequestException(HttpRequestError.UserAuthenticationError, $"no token for the cluster: {fault.Message}", fault);
        }
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private sealed record Held(BearerToken Token, DateTimeOffset RenewAt);
}
