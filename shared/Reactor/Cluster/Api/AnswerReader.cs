using System.Text;
using System.Text.Json;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Reads what the server said: the wanted object from a 2xx, its words from anything else.</summary>
internal static class AnswerReader
{
    private const int LongestRefusal = 64 * 1024;

    /// <param name="response">A 2xx.</param>
    /// <param name="parse">Makes the object from the bytes of the body; a JsonException says what can't be read.</param>
    /// <param name="budget">What all answers of a look may hold together; null for a single answer.</param>
    /// <param name="cancel">Ends the wait for the rest.</param>
    public static async Task<Answer<T>> SuccessAsync<T>(
        HttpResponseMessage response, Func<ReadOnlyMemory<byte>, T?> parse, ByteBudget? budget, CancellationToken cancel)
        where T : class
    {
        var answer = new Answer<T> { Fate = Fate.Answered, Status = (int)response.StatusCode };
        try
        {
            return answer with { Value = await BoundedBody.ReadAsync(response.Content, budget, parse, cancel) };
        }
        catch (AnswerTooLargeException e)
        {
            return answer with { Detail = Words.Cut($"the answer was not read to its end: {e.Message}") };
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException or OperationCanceledException)
        {
            // The status has been said: a write is done, whatever became of the rest. A read sees that there is no value.
            return answer with { Detail = Words.Cut($"the answer can't be read: {e.Message}") };
        }
    }

    public static async Task<Answer<T>> RefusalAsync<T>(HttpResponseMessage response, DateTimeOffset now, CancellationToken cancel)
        where T : class
    {
        var (detail, seconds, byStatus) = await WordsAsync(response, cancel);
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => seconds is { } s ? TimeSpan.FromSeconds(s) : (TimeSpan?)null,
        };
        return new Answer<T>
        {
            Fate = Fate.Answered,
            Status = (int)response.StatusCode,
            Detail = (int)response.StatusCode == 429 ? Throttling.Say(response, detail, byStatus) : detail,
            RetryAfter = wait < TimeSpan.Zero ? TimeSpan.Zero : wait,
        };
    }

    private static async Task<(string Detail, int? RetryAfterSeconds, bool ByStatus)> WordsAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var text = "";
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancel);
            var buffer = new byte[LongestRefusal];
            var read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
            text = Encoding.UTF8.GetString(buffer, 0, read);
            if (JsonSerializer.Deserialize(text, ApiJson.Default.StatusDto) is { Message: { Length: > 0 } message } status)
                return (Words.Cut(message), status.Details?.RetryAfterSeconds, true);
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException or OperationCanceledException)
        {
            // Something between us and the API server may answer in HTML, or not at all: the status is enough.
        }

        return (Words.Cut(text.Length > 0 ? text : response.ReasonPhrase ?? ""), null, false);
    }
}
