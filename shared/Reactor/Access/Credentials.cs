using System.Text;
using Microsoft.AspNetCore.Http;

namespace Sophia.Keda.Reactor.Access;

/// <summary>Where a caller may put its key: what Functions' clients do, and what Alertmanager and Prometheus can send.</summary>
public static class Credentials
{
    /// <summary>Every key that the request presents, in the order x-functions-key, Authorization, code.</summary>
    public static IEnumerable<string> Of(HttpRequest request)
    {
        foreach (var key in request.Headers["x-functions-key"])
        {
            if (!string.IsNullOrEmpty(key)) yield return key;
        }

        foreach (var header in request.Headers.Authorization)
        {
            if (FromAuthorization(header) is { Length: > 0 } key) yield return key;
        }

        foreach (var key in request.Query["code"])
        {
            if (!string.IsNullOrEmpty(key)) yield return key;
        }
    }

    private static string? FromAuthorization(string? header)
    {
        var parts = (header ?? "").Split(' ', 2, StringSplitOptions.TrimEntries);
        if (parts.Length < 2) return null;
        if (parts[0].Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return parts[1];
        return parts[0].Equals("Basic", StringComparison.OrdinalIgnoreCase) ? PasswordOf(parts[1]) : null;
    }

    private static string? PasswordOf(string basic)
    {
        var bytes = new byte[basic.Length];
        if (!Convert.TryFromBase64String(basic, bytes, out var length)) return null;
        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }
}
