using System.Text.Json;
using System.Text.Unicode;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Alerts;

/// <summary>A body as JSON, or why it is none. Whatever is sent, nothing is thrown.</summary>
internal static class JsonBody
{
    /// <summary>A real body is a few levels deep.</summary>
    private const int MaxDepth = 16;

    /// <summary>
    /// Names, values and brackets. Each costs 12 bytes of index while a body is read, so that 16 MiB of "0," would cost 200 MiB. 10,000 alerts of
    /// thirty labels each have 700,000.
    /// </summary>
    private const int MaxTokens = 1_000_000;

    /// <param name="body">As it came.</param>
    /// <param name="maxBytes">The most that is taken.</param>
    /// <param name="smaller">How the sender can send less.</param>
    /// <param name="read">Reads the root; the document lives only within it.</param>
    public static Reading<T> Read<T>(ReadOnlyMemory<byte> body, int maxBytes, string smaller, Func<JsonElement, Reading<T>> read)
        where T : class
    {
        if (body.Length > maxBytes)
            return new Refusal(413, "Body too large", $"The body has {body.Length} bytes; at most {maxBytes} are taken. {smaller}");
        if (!Utf8.IsValid(body.Span))
            return new Refusal(400, "Not JSON", "The body is not UTF-8 text.");
        JsonDocument document;
        try
        {
            if (HasTooManyTokens(body.Span))
                return new Refusal(413, "Body too large", $"The body has more than {MaxTokens} names, values and brackets. {smaller}");
            document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException fault)
        {
            return new Refusal(400, "Not JSON",
                $"The body can't be read as JSON of at most {MaxDepth} levels: {Text.Clean(fault.Message, 300)}");
        }

        using (document)
            return read(document.RootElement);
    }

    /// <summary>Counted without keeping any. A token has at least one byte.</summary>
    private static bool HasTooManyTokens(ReadOnlySpan<byte> body)
    {
        if (body.Length <= MaxTokens) return false;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        var tokens = 0;
        while (tokens <= MaxTokens && reader.Read()) tokens++;
        return tokens > MaxTokens;
    }
}
