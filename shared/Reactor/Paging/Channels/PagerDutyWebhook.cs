using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>What a webhook of PagerDuty told: an order, or why it is none. Exactly one of the two.</summary>
public sealed record PagerDutyNews(IncidentOrder? Order, string Because);

/// <summary>
/// PagerDuty's V3 webhooks: https://developer.pagerduty.com/docs/webhooks-overview. Only one kind of event means anything here: a person
/// acknowledged an incident that we opened there.
/// </summary>
public static class PagerDutyWebhook
{
    public const string SignatureHeader = "X-PagerDuty-Signature";
    public const int MaxBytes = 1024 * 1024;

    private const string Version = "v1=";
    private const int LongestId = 80;
    private const int LongestName = 80;

    /// <summary>
    /// The header holds one signature for each secret of the subscription, comma separated: HMAC-SHA256 of the body as it came, in hex. One
    /// that fits is enough, since both sides may be replacing theirs.
    /// </summary>
    public static bool IsSigned(string header, ReadOnlySpan<byte> body, LiveSecret secret)
    {
        foreach (var key in secret.All)
        {
            var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.Reveal()), body);
            foreach (var part in header.Split(',', StringSplitOptions.TrimEntries))
            {
                if (part.StartsWith(Version, StringComparison.Ordinal) && Fits(part[Version.Length..], expected)) return true;
            }
        }

        return false;
    }

    /// <param name="body">After its signature was verified.</param>
    /// <param name="cluster">Ours: incidents of other clusters' reactors may be in the same PagerDuty service.</param>
    /// <param name="now">When it came.</param>
    public static Reading<PagerDutyNews> Read(ReadOnlyMemory<byte> body, string cluster, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            return Member(document.RootElement, "event") is { ValueKind: JsonValueKind.Object } told
                ? Read(told, cluster, now)
                : new Refusal(400, "Not an event", "Expected a PagerDuty V3 webhook: a JSON object with the member event.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-8, or half a surrogate pair.
            return new Refusal(400, "Not JSON", $"The body can't be read as JSON: {Text.Clean(fault.Message, 300)}");
        }
    }

    private static Reading<PagerDutyNews> Read(JsonElement told, string cluster, DateTimeOffset now)
    {
        var (id, type) = (Words(told, "id"), Words(told, "event_type"));
        if (id is not { Length: > 0 and <= LongestId } || Text.HasControl(id)) return new Refusal(400, "Not an event", $"Expected event.id with at most {LongestId} characters.");
        if (type != "incident.acknowledged") return Ignored($"events of type {Text.Clean(type ?? "(none)", 60)} mean nothing here; incident.acknowledged does");

        // What we acknowledge there ourselves comes back as an event whose agent is an integration: it is nobody's doing.
        if (Member(told, "agent") is not { ValueKind: JsonValueKind.Object } agent || Words(agent, "type") is not ("user_reference" or "user"))
            return Ignored("no person acknowledged it");
        var key = Member(told, "data") is { ValueKind: JsonValueKind.Object } data ? Words(data, "incident_key") : null;
        var ours = $"sophia-keda-reactor/{cluster}/";
        if (key is null || !key.StartsWith(ours, StringComparison.Ordinal) || key.Length > PagerDutyEvent.DedupKey)
            return Ignored($"its incident_key is not of this reactor, where it begins with {ours}");
        if (key[ours.Length..] is not { Length: > 0 } incident || incident.Contains('/', StringComparison.Ordinal) || Text.HasControl(incident))
            return Ignored("it belongs to a notice without an incident: there is nothing to take over");
        var name = Text.Clean(Words(agent, "summary") ?? Words(agent, "id") ?? "somebody", LongestName);
        return new PagerDutyNews(
            new IncidentOrder
            {
                Key = $"order/pagerduty-{id}",
                ReceivedAt = now,
                RequestId = $"pagerduty-{id}",
                Reason = "acknowledged in PagerDuty",
                By = $"pagerduty: {name}",
                Principal = "PagerDuty's signature",
                IncidentId = incident,
                Kind = IncidentOrderKind.Ack,
            },
            "");
    }

    private static PagerDutyNews Ignored(string because) => new(null, because);

    private static bool Fits(string hex, ReadOnlySpan<byte> expected)
    {
        Span<byte> shown = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return hex.Length == 2 * shown.Length
            && Convert.FromHexString(hex, shown, out _, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(shown, expected);
    }

    private static JsonElement? Member(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var member) ? member : null;

    private static string? Words(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
