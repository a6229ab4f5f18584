using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sophia.Keda.Reactor.Contracts.Tests.Access.Entra;

/// <summary>An OpenID Connect authority on this machine: a discovery document, keys that can be rolled over, and tokens signed with them.</summary>
internal sealed class Authority : IAsyncDisposable
{
    public const string Tenant = "11111111-2222-3333-4444-555555555555";
    public const string Audience = "api://sophia-keda-reactor";

    /// <summary>Event Grid's application id in the public cloud.</summary>
    public const string EventGrid = "4962773b-9cdb-44cf-a8bf-237846a00ab7";

    private readonly WebApplication app;
    private readonly List<(string Id, RSA Key)> keys = [];
    private int served;

    private Authority(WebApplication app) => this.app = app;

    public Uri Url => new(app.Urls.First());

    public string Issuer => $"{Url}{Tenant}/v2.0";

    public static string FirstIssuer => $"https://sts.windows.net/{Tenant}/";

    /// <summary>Requests for the discovery document.</summary>
    public int Served => Volatile.Read(ref served);

    /// <summary>Answers instead of the document when it gives true.</summary>
    public Func<HttpContext, bool> Instead { get; set; } = _ => false;

    /// <summary>Bends the discovery document.</summary>
    public Action<JsonObject> Bend { get; set; } = _ => { };

    public static async Task<Authority> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var authority = new Authority(builder.Build());
        authority.Roll();
        authority.app.MapGet($"/{Tenant}/v2.0/.well-known/openid-configuration", authority.DiscoveryAsync);
        authority.app.MapGet("/keys", authority.KeysAsync);
        await authority.app.StartAsync();
        return authority;
    }

    /// <summary>From now on a new key signs, and only that one is published.</summary>
    public void Roll()
    {
        lock (keys)
        {
            keys.Clear();
            keys.Add(($"key-{Convert.ToHexString(RandomNumberGenerator.GetBytes(4))}", RSA.Create(2048)));
        }
    }

    /// <summary>A good token, bent in one place; signed by the newest key unless another is given.</summary>
    public string Token(DateTimeOffset now, Action<JsonObject>? claims = null, Action<JsonObject>? header = null, RSA? key = null)
    {
        var (id, newest) = keys[^1];
        var head = new JsonObject { ["typ"] = "JWT", ["alg"] = "RS256", ["kid"] = id };
        var body = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["azp"] = EventGrid,
            ["ver"] = "2.0",
            ["nbf"] = now.AddMinutes(-1).ToUnixTimeSeconds(),
            ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
        };
        header?.Invoke(head);
        claims?.Invoke(body);
        var signed = $"{Encoded(head)}.{Encoded(body)}";
        var signature = (key ?? newest).SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url(signature)}";
    }

    /// <summary>The public key, as somebody may misuse it for a symmetric signature.</summary>
    public byte[] PublicKey() => keys[^1].Key.ExportSubjectPublicKeyInfo();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    public static string Base64Url(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Encoded(JsonObject part) => Base64Url(JsonSerializer.SerializeToUtf8Bytes(part));

    private async Task DiscoveryAsync(HttpContext context)
    {
        Interlocked.Increment(ref served);
        if (Instead(context)) return;
        var document = new JsonObject { ["issuer"] = Issuer, ["jwks_uri"] = $"{Url}keys" };
        Bend(document);
        await context.Response.WriteAsync(document.ToJsonString());
    }

    private Task KeysAsync(HttpContext context)
    {
        JsonArray published;
        lock (keys)
        {
            published = [.. keys.Select(key =>
            {
                var parts = key.Key.ExportParameters(includePrivateParameters: false);
                return (JsonNode)new JsonObject
                {
                    ["kty"] = "RSA", ["use"] = "sig", ["kid"] = key.Id, ["n"] = Base64Url(parts.Modulus), ["e"] = Base64Url(parts.Exponent),
                };
            })];
        }

        return context.Response.WriteAsync(new JsonObject { ["keys"] = published }.ToJsonString());
    }
}
