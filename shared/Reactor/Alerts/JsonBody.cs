using System.Text.Json;
using System.Text.Unicode;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Alerts;

/// <summary>A body as JSON, or why it is none. Whatever is sent, nothing is thrown.</summary>
internal static class JsonBody
{
    /// <summary>A real body is a few levels deep.</summary>
    private const int MaxDepth = 16;

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
}
