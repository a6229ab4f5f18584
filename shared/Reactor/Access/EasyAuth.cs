using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sophia.Keda.Reactor.Access;

/// <summary>
/// The principal that Azure's Easy Auth puts before us. It is one plain header that anybody could send, so it is only read
/// where the platform says that it filters it (WEBSITE_AUTH_ENABLED), never by the standalone host.
/// </summary>
public static class EasyAuth
{
    public const string HeaderPrefix = "X-MS-CLIENT-PRINCIPAL";

    private const string RoleClaim = "roles";

    /// <summary>The caller with the widest of our app roles (reactor.operator, reactor.viewer, reactor.sender), or null.</summary>
    public static Caller? Find(HttpRequest request)
    {
        if (request.Headers[HeaderPrefix] is not [{ Length: > 0 } header]) return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header, bytes, out var length)) return null;
        try
        {
            using var principal = JsonDocument.Parse(bytes.AsMemory(0, length));
            return Widest(principal.RootElement, request.Headers[HeaderPrefix + "-NAME"].ToString());
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Caller? Widest(JsonElement principal, string name)
    {
        if (!principal.TryGetProperty("claims", out var claims) || claims.ValueKind != JsonValueKind.Array) return null;
        var roleType = principal.TryGetProperty("role_typ", out var type) ? type.GetString() : RoleClaim;
        Role? widest = null;
        foreach (var claim in claims.EnumerateArray())
        {
            if (!claim.TryGetProperty("typ", out var typ) || !claim.TryGetProperty("val", out var val)) continue;
            if (typ.GetString() is not { } kind || (kind != roleType && kind != RoleClaim)) continue;
            Role? role = val.GetString() switch
            {
                "reactor.operator" => Role.Operator,
                "reactor.viewer" => Role.Viewer,
                "reactor.sender" => Role.Sender,
                _ => null,
            };
            if (role > widest || widest is null) widest = role ?? widest;
        }

        return widest is { } found ? new Caller($"entra:{Wire.Text.Clean(name, 100)}", found) : null;
    }
}
