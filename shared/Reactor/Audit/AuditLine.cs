using System.Text.Encodings.Web;
using System.Text.Json;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Audit;

/// <summary>
/// One line of a JSON Lines export: {"sequence":…,"hash":"…","record":{…}}, the record being the very bytes that are stored, so that the file can
/// be verified without the store. What can't stand in a line as it is comes as text, in "raw".
/// </summary>
public sealed record AuditLine(long Sequence, string? Hash, string Json)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(StoredAudit stored)
    {
        var hash = stored.Hash is null ? "null" : $"\"{stored.Hash}\"";
        return IsOneLineOfJson(stored.Json)
            ? $"{{\"sequence\":{stored.Sequence},\"hash\":{hash},\"record\":{stored.Json}}}"
            : $"{{\"sequence\":{stored.Sequence},\"hash\":{hash},\"raw\":{JsonSerializer.Serialize(stored.Json, Plain)}}}";
    }

    /// <summary>Null when it is no line of an export.</summary>
    public static AuditLine? Parse(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var hash = root.GetProperty("hash");
            return new AuditLine(
                root.GetProperty("sequence").GetInt64(),
                hash.ValueKind == JsonValueKind.Null ? null : hash.GetString(),
                root.TryGetProperty("record", out var record) ? record.GetRawText() : root.GetProperty("raw").GetString() ?? "");
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static bool IsOneLineOfJson(string json)
    {
        // White space around it would not come back.
        if (json.Length == 0 || json[0] != '{' || json[^1] != '}' || json.AsSpan().ContainsAny('\n', '\r')) return false;
        try
        {
            using var parsed = JsonDocument.Parse(json);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
