using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

public enum ApiEnding
{
    Answer,

    /// <summary>Never answered; the caller's own timeout ends it.</summary>
    Hang,

    /// <summary>The connection is cut without an answer.</summary>
    Reset,
}

/// <summary>What the shell is to do: wait, then answer, cut or hang; with Watch set it streams instead of answering the body.</summary>
public sealed record ApiResponse(int Status, ReadOnlyMemory<byte> Body)
{
    public string ContentType { get; init; } = "application/json";
    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];
    public ApiEnding Ending { get; init; } = ApiEnding.Answer;
    public TimeSpan Delay { get; init; }
    public WatchCursor? Watch { get; init; }

    public static ApiResponse Json(int status, JsonNode body) => new(status, Cluster.Json.Bytes(body));

    /// <summary>The same with what the client is to be warned of.</summary>
    public ApiResponse Warned(IEnumerable<string> of) => this with
    {
        Headers = [.. Headers, .. of.Select(w => KeyValuePair.Create("Warning", $"299 - \"{w.Replace("\\", "\\\\").Replace("\"", "\\\"")}\""))],
    };

    public JsonObject Document() => (JsonObject)JsonNode.Parse(Body.Span)!;
}
