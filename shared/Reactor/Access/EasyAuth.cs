using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Access;

/// <summary>
/// The principal that Azure's Easy Auth puts before us. It is plain headers that anybody could send, so it is only read where the platform says
/// that it filters them, and taken out of every request elsewhere.
/// </summary>
public static class EasyAuth
{
    public const string HeaderPrefix = "X-MS-CLIENT-PRINCIPAL";

    /// <summary>Base64 characters; a principal with the 200 groups that a token may hold has about 30,000.</summary>
    private const int LongestHeader = 64 * 1024;

    private const int LongestName = 100;

    /// <summary>Entra's own name in the header; other identity providers know nothing of our app roles, whatever they call a claim.</summary>
    private const string Entra = "aad";

    /// <summary>As a token has it, and as the platform writes it when it maps claims to the old names.</summary>
    private static readonly string[] RoleClaims = ["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"];

    private static readonly string[] IdClaims = ["oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>
    /// Whether the platform filters the headers: only when it says so, and when there is a platform. A host in a container of somebody's own
    /// counts as deployed in doubt (<see cref="Exposure.OfFunctionApp"/>), and is no platform whatever its environment says.
    /// </summary>
    public static bool IsOn(Exposure exposure, IConfiguration configuration) =>
        exposure.OnAzure
        && (configuration["WEBSITE_INSTANCE_ID"] is { Length: > 0 } || configuration["WEBSITE_SKU"] is { Length: > 0 })
        && bool.TryParse(configuration["WEBSITE_AUTH_ENABLED"], out var on) && on;

    /// <summary>Takes every header of this kind out: nobody has checked who wrote it.</summary>
    public static void Strip(IHeaderDictionary headers)
    {
        foreach (var name in headers.Keys.Where(name => name.StartsWith(HeaderPrefix, StringComparison.OrdinalIgnoreCase)).ToList())
            headers.Remove(name);
    }

    /// <summary>The caller with the widest of our app roles (reactor.operator, reactor.viewer, reactor.sender), or null.</summary>
    public static Caller? Find(HttpRequest request)
    {
        if (Single(request, "") is not { Length: <= LongestHeader } header) return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header, bytes, out var length)) return null;
        try
        {
            using var principal = JsonDocument.Parse(bytes.AsMemory(0, length), Strict);
            return CallerOf(principal.RootElement, request);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Caller? CallerOf(JsonElement principal, HttpRequest request)
    {
        if (TextOf(principal, "auth_typ") != Entra) return null;
        if (!principal.TryGetProperty("claims", out var list) || list.ValueKind != JsonValueKind.Array) return null;
        var claims = list.EnumerateArray().Select(claim => (Type: TextOf(claim, "typ"), Value: TextOf(claim, "val")))
            .Where(claim => claim is { Type: not null, Value: not null }).ToList();

        // A name can be given to another person one day, the id can't. Who has none can't be told apart in the audit trail.
        var id = claims.Where(claim => IdClaims.Contains(claim.Type)).Select(claim => claim.Value).FirstOrDefault() ?? Single(request, "-ID");
        var role = claims.Where(claim => RoleClaims.Contains(claim.Type)).Max(claim => RoleOf(claim.Value));
        if (role is not { } widest || Clean(id) is not { Length: > 0 } stable) return null;
        return new Caller(Clean(Single(request, "-NAME")) is { Length: > 0 } name && name != stable ? $"entra:{name} ({stable})" : $"entra:{stable}", widest);
    }

    private static Role? RoleOf(string? value) => value switch
    {
        "reactor.operator" => Role.Operator,
        "reactor.viewer" => Role.Viewer,
        "reactor.sender" => Role.Sender,
        _ => null,
    };

    private static string? TextOf(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A header that comes twice was not written by the platform alone.</summary>
    private static string? Single(HttpRequest request, string suffix) => request.Headers[HeaderPrefix + suffix] is [{ Length: > 0 } one] ? one : null;

    private static string Clean(string? text) => Wire.Text.Clean(text ?? "", LongestName).Trim();
}
