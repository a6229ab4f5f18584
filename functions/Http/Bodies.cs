using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>Not now, and the sender may repeat it: the body did not come in time, or there is no room for it.</summary>
public sealed class NotNowException(string title, string detail) : Exception(detail)
{
    public string Title => title;
}

/// <summary>Reads JSON bodies. What a body costs is what has come of it, never what was promised.</summary>
public sealed class Bodies(BodiesUnderWay underWay, RequestTime time)
{
    /// <summary>Leaves time for the answer within <see cref="RequestTime.Longest"/>. This is the least rate too, in both hosts.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromSeconds(4);

    /// <summary>An ordinary alert fits. From here on the buffer doubles: to what was promised, or a byte over the limit, only when that is less.</summary>
    private const int First = 4 * 1024;

    /// <summary>An alert or event: the caller is known already.</summary>
    public Task<Reading<byte[]>> ReadAsync(HttpRequest request, int limit, CancellationToken cancel) => ReadAsync(request, limit, order: false, cancel);

    /// <summary>A human's order.</summary>
    public Task<Reading<byte[]>> ReadOrderAsync(HttpRequest request, int limit, CancellationToken cancel) => ReadAsync(request, limit, order: true, cancel);

    /// <exception cref="NotNowException">It came too slowly, or there is no room.</exception>
    private async Task<Reading<byte[]>> ReadAsync(HttpRequest request, int limit, bool order, CancellationToken cancel)
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

        var place = new Place(underWay, order);
        request.HttpContext.Response.RegisterForDispose(place);
        using var late = new CancellationTokenSource(Longest, time.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        var (buffer, length) = (Array.Empty<byte>(), 0);
        try
        {
            while (length != request.ContentLength)
            {
                if (length == buffer.Length) Resize(ref buffer, Math.Min(Math.Max(First, 2L * length), request.ContentLength ?? limit + 1), place);
                var read = await request.Body.ReadAsync(buffer.AsMemory(length), either.Token);
                if (read == 0) break;
                length += read;
                if (length > limit) return TooLarge(limit);
            }

            if (length < buffer.Length) Resize(ref buffer, length, place);
            return buffer;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw TooSlow(length);
        }
        catch (BadHttpRequestException fault) when (fault.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            throw TooSlow(length); // Kestrel's own least rate. Alertmanager would take a 408 for final.
        }
    }

    /// <summary>Old and new are there together while one is copied.</summary>
    private static void Resize(ref byte[] buffer, long size, Place place)
    {
        var before = buffer.Length;
        place.Hold((int)size);
        Array.Resize(ref buffer, (int)size);
        place.LetGo(before);
    }

    private static NotNowException TooSlow(int length) =>
        new("Body too slow", $"Only {length} bytes of the body came within {Longest.TotalSeconds:0} s, or less than the least rate. Send it again.");

    private static Refusal TooLarge(int limit) =>
        new(413, "Body too large", $"At most {limit} bytes are taken here. For alerts, set max_alerts on the receiver.");

    /// <summary>What one request holds until it has been answered: what a body becomes lives as long.</summary>
    private sealed class Place(BodiesUnderWay underWay, bool order) : IDisposable
    {
        private int held;

        public void Hold(int bytes)
        {
            if (!underWay.TryHold(bytes, order))
                throw new NotNowException("Too many bodies", $"The bodies under way here have {underWay.Held} bytes, and there is no room for more. Send it again.");
            held += bytes;
        }

        public void LetGo(int bytes)
        {
            held -= bytes;
            underWay.Release(bytes);
        }

        public void Dispose() => LetGo(held);
    }
}
