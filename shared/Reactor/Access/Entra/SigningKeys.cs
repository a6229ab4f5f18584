using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Sophia.Keda.Reactor.Access.Entra;

/// <summary>
/// The authority's keys, fetched when a token first asks for one, again after half a day, and when a token names one that is not there: keys
/// are rolled over. The library's ConfigurationManager would do this too, but behind the caller's back and by a clock of its own: the first
/// token of a new key would be answered 401, which Event Grid takes as final.
/// </summary>
internal sealed class SigningKeys(string metadata, string issuer, IDocumentRetriever documents, TimeProvider time, ILogger log) : IDisposable
{
    /// <summary>How long keys are used before they are asked for again (the library's own number).</summary>
    internal static readonly TimeSpan Fresh = TimeSpan.FromHours(12);

    /// <summary>How long they are still used when they can't be had anew.</summary>
    internal static readonly TimeSpan Usable = TimeSpan.FromHours(24);

    /// <summary>An unknown key asks no sooner than this after the last success: whoever makes names up must not have us ask without end.</summary>
    internal static readonly TimeSpan AfterSuccess = TimeSpan.FromSeconds(30);

    internal static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    /// <summary>An action group must be answered fast.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly SemaphoreSlim one = new(1);
    private volatile Known? known;
    private DateTimeOffset? failedAt;

    /// <summary>The keys of that name; none when the authority has no such key; null when it can't be said now.</summary>
    public async Task<IReadOnlyList<SecurityKey>?> FindAsync(string keyId, CancellationToken cancel)
    {
        if (known is { } have && Age(have) < Fresh && have.Named(keyId) is { Count: > 0 } found)
            return found;
        await one.WaitAsync(cancel);
        try
        {
            if (MayAsk(keyId)) await FetchAsync();
            if (known is not { } now || Age(now) >= Usable) return null;
            var named = now.Named(keyId);
            return named.Count == 0 && failedAt is not null ? null : named;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private bool MayAsk(string keyId)
    {
        if (failedAt is { } failed && time.GetUtcNow() - failed < AfterFailure) return false;
        return known is not { } have
            || Age(have) >= Fresh
            || (have.Named(keyId).Count == 0 && (failedAt is not null || Age(have) >= AfterSuccess));
    }

    private async Task FetchAsync()
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            var found = await OpenIdConnectConfigurationRetriever.GetAsync(metadata, documents, patience.Token);
            if (found.Issuer != issuer) throw new InvalidDataException($"it names the issuer {Wire.Text.Clean(found.Issuer ?? "(none)", 200)}; expected {issuer}");
            if (found.SigningKeys.Count == 0) throw new InvalidDataException("it names no key");
            known = new Known([.. found.SigningKeys], time.GetUtcNow());
            failedAt = null;
        }
        catch (Exception fault)
        {
            failedAt = time.GetUtcNow();
            log.LogError("The discovery document {Metadata} can't be used, so tokens can't be checked: {Fault}", metadata, Wire.Text.Clean((fault.InnerException ?? fault).Message, 300));
        }
    }

    private TimeSpan Age(Known keys) => time.GetUtcNow() - keys.At;

    private sealed record Known(IReadOnlyList<SecurityKey> Keys, DateTimeOffset At)
    {
        public IReadOnlyList<SecurityKey> Named(string keyId) => [.. Keys.Where(key => key.KeyId == keyId)];
    }
}
