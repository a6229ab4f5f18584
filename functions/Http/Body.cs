using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>Reads a JSON body up to a limit.</summary>
public static class Body
{
    public static async Task<Reading<byte[]>> ReadAsync(HttpRequest request, int limit, CancellationToken cancel)
    {
        // A JSON content type is what a browser sends to no other site unasked; it keeps forged forms out.
        if (!request.HasJsonContentType())
            return new Refusal(415, "Not a JSON content type", "Send the header Content-Type: application/json.");
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } packed && !packed.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            request.HttpContext.Response.Headers.AcceptEncoding = "identity"; // RFC 9110 12.5.3: in a 415 it says what is taken.
            return new Refusal(415, "Packed body", $"Found Content-Encoding \"{Text.Clean(packed, 60)}\"; expected the JSON as it is, without Content-Encoding or with identity.");
        }

        if (request.ContentLength > limit) return TooLarge(limit);

        using var body = new MemoryStream((int)(request.ContentLength ?? 0));
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancel)) > 0)
        {
            if (body.Length + read > limit) return TooLarge(limit);
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static Refusal TooLarge(int limit) =>
        new(413, "Body too large", $"At most {limit} bytes are taken here. For alerts, set max_alerts on the receiver.");
}
