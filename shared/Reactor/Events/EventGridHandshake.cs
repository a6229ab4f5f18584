using System.Text.Json;
using Azure.Messaging.EventGrid;
using Azure.Messaging.EventGrid.SystemEvents;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Events;

/// <summary>
/// Event Grid asks before it delivers. With its own schema by an event whose code must come back in the body of a 200 (a 202 does not
/// count), with CloudEvents by OPTIONS. The event also holds a validationUrl for a human's browser: it is never fetched, for whoever can
/// post here could have us call any address. (Microsoft Learn, "Webhook event delivery".)
/// </summary>
public static class EventGridHandshake
{
    private const int LongestCode = 200;
    private const int LongestName = 253;

    /// <summary>The code to send back, or null when this is no such event.</summary>
    internal static string? CodeIn(JsonElement element)
    {
        if (AlertFields.Text(element, "eventType") != SystemEventNames.EventGridSubscriptionValidation) return null;
        try
        {
            return EventGridEvent.Parse(new BinaryData(element.GetRawText())).TryGetSystemEventData(out var data)
                && data is SubscriptionValidationEventData { ValidationCode: { Length: > 0 and <= LongestCode } code }
                && !Text.HasControl(code)
                    ? code
                    : null;
        }
        catch (Exception fault) when (fault is ArgumentException or JsonException or InvalidOperationException or FormatException)
        {
            return null; // Of its name only: read on as an event, and ignored with a reason.
        }
    }

    /// <summary>Who asks by OPTIONS, fit to be sent back as WebHook-Allowed-Origin; null when it is no DNS name.</summary>
    public static string? OriginOf(string header) =>
        header.Length is > 0 and <= LongestName && header.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-') ? header : null;
}
