using System.Net.Http.Headers;
using System.Text;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>One POST of JSON to a webhook, and what its answer means.</summary>
/// <param name="http">It must follow no redirect.</param>
/// <param name="isTaken">Whether a status and a body are the documented success.</param>
/// <param name="refusesSecret">Whether they refuse the secret beside what is understood as that everywhere.</param>
internal sealed class WebhookCall(HttpClient http, Func<int, string, bool> isTaken, Func<int, string, bool>? refusesSecret = null)
{
    private const int ReadAtMost = 2_048;
    private const int ShownAtMost = 200;

    /// <param name="url">Where to.</param>
    /// <param name="json">The body.</param>
    /// <param name="secrets">What is cut out of an answer that repeats it.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <param name="headers">More of them.</param>
    public async Task<SendResult> PostAsync(Uri url, byte[] json, IReadOnlyList<string> secrets, CancellationToken cancel, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            var (status, body) = ((int)response.StatusCode, await StartOfBodyAsync(response, cancel));
            return Classify(url, status, body, secrets, RetryAfter(response));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            if (exception.InnerException is OutboundRefusedException refused)
                return new SendResult(SendStatus.Retry, $"{url.Host} was not connected to: {refused.Message}");
            // The exception's own words may hold the address; its kind says enough.
            var kind = (exception as HttpRequestException)?.HttpRequestError ?? HttpRequestError.ResponseEnded;
            return new SendResult(SendStatus.Retry, $"{url.Host} could not be reached ({kind})");
        }
    }

    private SendResult Classify(Uri url, int status, string body, IReadOnlyList<string> secrets, TimeSpan? retryAfter)
    {
        var detail = PageText.Fit(WebhookUrl.Hide($"{status} {body}".TrimEnd(), secrets), ShownAtMost);
        return status switch
        {
            _ when isTaken(status, body) => new SendResult(SendStatus.Delivered, detail),
            // A 2xx that is not the documented success: a proxy or a login page answered. It may pass.
            >= 200 and < 300 => new SendResult(SendStatus.Retry, $"{detail} (not the answer of {url.Host}'s service: is there a proxy between?)"),
            >= 300 and < 400 => new SendResult(SendStatus.Final, $"{status}: the address moved, and redirects are not followed"),
            // Who we are, or where we send to, is not known there (any more): a new key or address may be.
            401 or 403 or 404 or 410 => new SendResult(SendStatus.Refused, detail),
            _ when refusesSecret?.Invoke(status, body) == true => new SendResult(SendStatus.Refused, detail),
            408 or 425 or 429 or >= 500 => new SendResult(SendStatus.Retry, detail, retryAfter),
            _ => new SendResult(SendStatus.Final, detail),
        };
    }

    private static async Task<string> StartOfBodyAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var buffer = new byte[ReadAtMost];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
        return Encoding.UTF8.GetString(buffer, 0, length).Trim();
    }

    /// <summary>A date is measured against the answer's own Date, so that our clock and theirs need not agree.</summary>
    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter?.Delta ?? response.Headers.RetryAfter?.Date - response.Headers.Date;
        return asked > TimeSpan.Zero ? asked : null;
    }
}
