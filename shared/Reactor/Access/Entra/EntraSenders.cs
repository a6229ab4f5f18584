using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Access.Entra;

/// <summary>
/// Callers that bring a bearer token of Microsoft Entra: an action group's secure webhook and Event Grid, each with the application id of
/// its service. Such a token makes a sender and nothing more. Everything that needs no key is checked first, so that a stranger's token
/// costs no request of ours; without Entra settings nothing is checked at all.
/// </summary>
public sealed class EntraSenders : IDisposable
{
    /// <summary>Entra signs with this alone.</summary>
    private const string Algorithm = SecurityAlgorithms.RsaSha256;

    /// <summary>Ours and Entra's, at most (the library's own number).</summary>
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(5);

    private const int LongestToken = 16 * 1024;

    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = LongestToken, MapInboundClaims = false };

    private readonly EntraSettings? settings;
    private readonly SigningKeys? keys;
    private readonly string[] issuers = [];
    private readonly TimeProvider time;
    private readonly ILogger<EntraSenders> log;

    public EntraSenders(EntraSettings? settings, Func<HttpMessageHandler, HttpMessageHandler>? wrapNetwork, TimeProvider time, ILogger<EntraSenders> log)
    {
        (this.settings, this.time, this.log) = (settings, time, log);
        if (settings is null) return;
        var issuer = $"{settings.Authority}{settings.Tenant}/v2.0";

        // Which version a token has is a setting of our app registration (requestedAccessTokenVersion), not of the sender.
        issuers = [issuer, $"https://{FirstVersionHost(settings.Authority)}/{settings.Tenant}/"];
        keys = new SigningKeys($"{issuer}/.well-known/openid-configuration", issuer, new StrictRetriever(StrictRetriever.Create(wrapNetwork)), time, log);
    }

    public async Task<EntraProof> FindAsync(HttpRequest request, CancellationToken cancel)
    {
        if (settings is null || keys is null || TokenOf(request) is not { } token) return EntraProof.Nobody;
        if (WrongOnItsFace(token) is { } wrong) return Refuse(wrong);
        var named = await keys.FindAsync(token.Kid, cancel);
        if (named is null) return EntraProof.NotNow;
        if (named.Count == 0) return Refuse("its key is none of the authority's");

        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuers = issuers,
            ValidAudiences = settings.Audiences,
            IssuerSigningKeys = named,
            ValidAlgorithms = [Algorithm],
            LifetimeValidator = (from, until, _, _) => IsNow(from, until),
        });
        return result.IsValid
            ? new EntraProof(new Caller($"entra:{AppOf(token)}", Role.Sender), Unavailable: false)
            : Refuse(result.Exception is SecurityTokenInvalidLifetimeException ? "it is not valid at this time" : "its signature does not hold");
    }

    public void Dispose() => keys?.Dispose();

    private bool IsNow(DateTime? from, DateTime? until)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return until is { } end && now - end < ClocksDiffer && (from is not { } start || start - now < ClocksDiffer);
    }

    /// <summary>Only what can be said without a key, and only to refuse.</summary>
    private string? WrongOnItsFace(JsonWebToken token)
    {
        if (token.Alg != Algorithm || string.IsNullOrEmpty(token.Kid)) return $"it is not signed with {Algorithm} and a named key";
        if (!issuers.Contains(token.Issuer, StringComparer.Ordinal)) return "it is of another tenant or authority";
        if (!token.Audiences.Intersect(settings!.Audiences, StringComparer.Ordinal).Any()) return "it is for another audience";
        return AppOf(token) is { } app && settings.Senders.Contains(app, StringComparer.Ordinal) ? null : "its application is none of Entra:Senders";
    }

    /// <summary>Version 1 calls it appid, version 2 azp.</summary>
    private static string? AppOf(JsonWebToken token) =>
        (token.TryGetPayloadValue<string>("appid", out var first) ? first : token.TryGetPayloadValue<string>("azp", out var second) ? second : null)?.ToLowerInvariant();

    private static JsonWebToken? TokenOf(HttpRequest request)
    {
        var parts = request.Headers.Authorization is [{ } header] ? header.Split(' ', 2, StringSplitOptions.TrimEntries) : [];
        if (parts is not [_, { Length: > 0 and <= LongestToken } text] || !parts[0].Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return null;
        if (text.Count(c => c == '.') != 2) return null; // A key of ours, or nothing that we know.
        try
        {
            return new JsonWebToken(text);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or SecurityTokenException)
        {
            return null;
        }
    }

    private EntraProof Refuse(string why)
    {
        // Never a word out of the token: it is a stranger's, or it is a secret.
        log.LogWarning("A bearer token was refused: {Why}", why);
        return EntraProof.Nobody;
    }

    /// <summary>Issuer of version 1 tokens: one host for Azure and its clouds, but for China's.</summary>
    private static string FirstVersionHost(Uri authority) =>
        authority.Host.EndsWith(".cn", StringComparison.OrdinalIgnoreCase) ? "sts.chinacloudapi.cn" : "sts.windows.net";
}
